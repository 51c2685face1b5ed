/** The compiled files of assembly/, as base64. */
declare module "wasm:*" {
  const binary: string;
  export default binary;
}
