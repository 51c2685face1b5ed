export const TRAINED: Record<string, Float64Array | undefined> = {};
