/** The compiled assembly/kernels.ts, as base64. */
declare module "wasm:kernels" {
  const binary: string;
  export default binary;
}
