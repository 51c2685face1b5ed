import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

type Imports = ReadonlyMap<string, readonly string[]>;

const root = fileURLToPath(new URL("../../src", import.meta.url)); // from build/test
const files = (readdirSync(root, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));

/** What each file of src/ imports, types included. */
const imports: Imports = new Map(files.map((file) => [file, imported(file)]));

function imported(file: string): string[] {
  const lines = readFileSync(join(root, file), "utf8").matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm);
  return [...lines].map(([, path]) => {
    const found = normalize(join(dirname(file), path!));
    return existsSync(join(root, `${found}.ts`)) ? `${found}.ts` : join(found, "index.ts");
  });
}

/** What is left when, again and again, files are taken away that import none of the others or that none of the others imports. */
function circular(graph: Imports): string[] {
  const left = new Set(graph.keys());
  const meets = (file: string, others: readonly string[]): boolean => others.some((other) => left.has(other) && other !== file);
  const importers = (file: string): string[] => [...graph.keys()].filter((other) => graph.get(other)!.includes(file));
  const loose = (): string[] => [...left].filter((file) => !meets(file, graph.get(file)!) || !meets(file, importers(file)));
  for (let free = loose(); free.length; free = loose()) free.forEach((file) => left.delete(file));
  return [...left];
}

test("no files import each other in a circle", () => {
  assert.deepEqual(circular(imports), []);
});

test("imports are read as they are written, and a circle is found", () => {
  assert.ok(imports.size > 50 && imports.get("labs/gan-lab-2d/index.ts")!.includes("kit/lab.ts"));
  assert.ok([...imports.values()].flat().every((file) => imports.has(file)));
  assert.deepEqual(circular(new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", []], ["e", ["a"]]])), ["a", "b", "c"]);
});

/** Functions of `Math` that may differ between browsers in the last digit; where a run is made, none is used. */
const LOOSE = /\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log|log1p|log2|log10|pow|cbrt|hypot)\(/;
const ONLY_DRAWN = /\/(view|map|draw|forest|trials|metric-lab\/meter|digit-explorer\/reading)\.ts$/;

test("a run is made of functions that are the same in every browser", () => {
  const made = files.filter((file) => /^(engine|labs)\//.test(file) && !ONLY_DRAWN.test(file));
  assert.ok(made.includes("labs/gan-lab-2d/model.ts") && made.includes("engine/fast/plain.ts"));
  const code = (file: string): string => readFileSync(join(root, file), "utf8").replace(/\/\*[^]*?\*\//g, "");
  assert.deepEqual(made.filter((file) => LOOSE.test(code(file))), []);
});
