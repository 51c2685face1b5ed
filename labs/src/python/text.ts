/** Python as text: lines that are put together from those that the settings ask for. */

/** Lines; `false` where the settings ask for none. */
export type Part = string | false | readonly Part[];

/** Longest line of a call. */
const WIDTH = 100;

export function lines(...parts: readonly Part[]): string[] {
  return parts.flatMap((part) => (part === false ? [] : typeof part === "string" ? [part] : lines(...part)));
}

export function indented(...parts: readonly Part[]): string[] {
  return lines(...parts).map((line) => line && `    ${line}`);
}

/** A loop around what is done several times, with the reason. */
export function times(n: number, why: string, ...body: readonly Part[]): Part {
  return n === 1 ? body : [`for _ in range(${n}):  # ${why}`, indented(...body)];
}

/** A function that returns one expression. */
export function def(head: string, value: string): Part {
  return [`def ${head}:`, `    return ${value}`, ""];
}

/** `name = nn.Sequential(…)`; each item is a layer with its activation. One item alone needs no Sequential. */
export function network(name: string, items: readonly string[]): Part {
  if (items.length === 1 && /^[^()]+\([^()]*\)$/.test(items[0]!)) return `${name} = ${items[0]}`;
  return call(`${name} = nn.Sequential`, items);
}

/** A call in one line, or with one argument a line. */
export function call(head: string, items: readonly string[]): Part {
  const short = `${head}(${items.join(", ")})`;
  return short.length <= WIDTH ? short : [`${head}(`, indented(...items.map((item) => `${item},`)), ")"];
}

/** `name = torch.tensor([…])`, as many items in a line as it holds. */
export function tensor(name: string, items: readonly string[]): Part {
  const short = `${name} = torch.tensor([${items.join(", ")}])`;
  if (short.length <= WIDTH) return short;
  const rows: string[] = [];
  for (const item of items) {
    const longer = `${rows[rows.length - 1] ?? ""} ${item},`;
    if (rows.length && longer.length <= WIDTH - 4) rows[rows.length - 1] = longer;
    else rows.push(`${item},`);
  }
  return [`${name} = torch.tensor([`, indented(...rows), "])"];
}

/** What a program imports, by what it uses. */
const IMPORTS: readonly (readonly [RegExp, string])[] = [
  [/\bcopy\./, "import copy\n"],
  [/\bplt\./, "import matplotlib.pyplot as plt"],
  [/\btorch\./, "import torch"],
  [/\bnn\./, "from torch import nn"],
  [/\bkl_divergence\(/, "from torch.distributions import Normal, kl_divergence"],
  [/^(?![^]*\bkl_divergence\()[^]*\bNormal\(/, "from torch.distributions import Normal"],
  [/\bgrad\(loss/, "from torch.func import grad, jacrev"],
];
const FUNCTIONS = ["one_hot", "relu", "softplus"];

/** A whole program: what it is, imports, body. */
export function program(about: string, ...body: readonly Part[]): string {
  const text = lines(...body).join("\n");
  const used = FUNCTIONS.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
  return lines(
    `# ${about}`,
    IMPORTS.flatMap(([sign, line]) => (sign.test(text) ? [line] : [])),
    used.length > 0 && `from torch.nn.functional import ${used.join(", ")}`,
    /\bMNIST\(/.test(text) && "from torchvision.datasets import MNIST",
    "", text, "",
  ).join("\n");
}

/** `x` plus (or minus) a number: nothing for 0. */
export function plus(mu: number, rest: string): string {
  return mu ? `${mu} + ${rest}` : rest;
}
