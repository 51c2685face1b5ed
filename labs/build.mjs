/**
 * Make the two committed bundles from src/, or (--tests) the Node tests from test/.
 *
 *   src/ganlab/static/labs.js   ES module: the anywidget front end; also exports engine and labs, for Node
 *   book/_static/labs.js        classic script: defines the custom elements, works from file://
 */
import { build } from "esbuild";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const option = (name) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split("=")[1];
const out = option("out") ?? join(here, "..");

const common = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  minify: true,
  target: "es2022",
  banner: { js: "/* ganlab labs, BSD-3-Clause. Generated from labs/ by `npm run build`: edit there. */" },
};

if (process.argv.includes("--tests")) {
  await build({
    ...common,
    minify: false,
    banner: {},
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    entryPoints: readdirSync(join(here, "test")).filter((f) => f.endsWith(".ts")).map((f) => join("test", f)),
    outdir: "build/test",
  });
} else {
  await build({ ...common, entryPoints: ["src/widget.ts"], format: "esm", outfile: join(out, "src/ganlab/static/labs.js") });
  await build({ ...common, entryPoints: ["src/index.ts"], format: "iife", outfile: join(out, "book/_static/labs.js") });
}
