/** The compiled files of assembly/, in hexadecimal. */
declare module "wasm:*" {
  const binary: string;
  export default binary;
}
