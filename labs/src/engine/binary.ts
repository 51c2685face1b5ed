/** A compiled file of assembly/, ready to be used; null where there is no WebAssembly, no SIMD, or a page forbids it. */
export function compiled(hexadecimal: string): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(Uint8Array.from(hexadecimal.match(/../g)!, (byte) => parseInt(byte, 16)));
  } catch {
    return null;
  }
}
