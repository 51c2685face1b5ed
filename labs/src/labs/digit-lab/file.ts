/**
 * A run as a file: weights under the names and in the layout of PyTorch, and all that a run needs to go on to the last bit.
 *
 * G.0.weight, G.0.bias, G.2.weight … are a `Sequential` of layers and ReLU, with Flatten or Unflatten where maps begin or end; `average.…` the
 * same with averaged weights; D has LeakyReLU, and D.head.weight, .bias and .label (one row for each label) in place of a last layer. `adam.…` holds Adam's squares.
 */
import { KERNEL, sizesOf, type Floats, type LabelledGan, type LayerShape, type Net } from "../../engine/fast";
import { Refused } from "../../kit/outside";
import { pack, short, unpack, type Named, type Tensor } from "../../kit/safetensors";
import { CLASSES } from "./cargo";
import type { Kept } from "./model";

const FORMAT = "ganlab digit-lab", VERSION = "2";
const CURVES = ["d", "g", "real", "fake", "agreement"] as const;
const POINTS = 512;
const CURE = "Choose a file that Save of this lab has written.";

/** Where the numbers of a network lie: name, place, PyTorch's shape; the steps of its axes here, of which a map's channels and places are two. */
interface Place {
  readonly name: string;
  readonly from: number;
  readonly shape: readonly number[];
  readonly axes: readonly (readonly [size: number, step: number])[];
}

/** An axis of maps, flattened: channels first in PyTorch, last here. */
const flat = (n: number, channels: number, step: number): Place["axes"] => [[channels, step], [n / channels, channels * step]];
const product = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);
const coarse = (shape?: LayerShape): number => (!shape || shape.kind === "dense" ? 1 : shape.coarse);

function places({ shape: { layers, extra }, sizes }: Net): Place[] {
  let from = 0, module = 0;
  const next = (name: string, shape: readonly number[], axes: Place["axes"]): Place => {
    const place = { name, from, shape, axes };
    from += product(shape);
    return place;
  };
  const ours = layers.flatMap((layer, l) => {
    const below = layers[l - 1], isMap = layer.kind !== "dense", { rows, cols, biases } = sizesOf(layer);
    if (isMap !== Boolean(below && below.kind !== "dense")) module += 1; // where vectors become maps, or maps vectors
    const name = module;
    module += 2; // an activation follows
    if (layer.kind === "dense") {
      const before = coarse(below), after = coarse(layers[l + 1]);
      return [next(`${name}.weight`, [cols, rows], [...flat(cols, after, 1), ...flat(rows, before, cols)]), next(`${name}.bias`, [cols], flat(cols, after, 1))];
    }
    const { fine } = layer, kernel = [[KERNEL, KERNEL * fine * cols], [KERNEL, fine * cols]] as const;
    return [next(`${name}.weight`, [cols, fine, KERNEL, KERNEL], [[cols, 1], [fine, cols], ...kernel]), next(`${name}.bias`, [biases], [[biases, 1]])];
  });
  const units = sizes[sizes.length - 1]!, inOrder = (rows: number): Place["axes"] => [[rows, units], [units, 1]];
  return extra ? [...ours, next("head.weight", [1, units], inOrder(1)), next("head.label", [CLASSES, units], inOrder(CLASSES)), next("head.bias", [1], [[1, 1]])] : ours;
}

/** For each number of a place, in PyTorch's order, where it lies among the network's. */
function indices({ from, axes }: Place): number[] {
  return axes.reduce<number[]>((found, [size, step]) => found.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * step)), [from]);
}

/** Flat arrays of the run, and the network whose layout they have. */
function parts({ G, D }: Pick<LabelledGan, "G" | "D">, { gan }: Kept): [string, Net, Floats][] {
  return [["G", G, gan.G.p], ["average", G, gan.average], ["D", D, gan.D.p], ["adam.G", G, gan.G.v], ["adam.D", D, gan.D.v]];
}

/** `settings`, `seed` and `link` say which run it is. */
export function write(nets: Pick<LabelledGan, "G" | "D">, kept: Kept, about: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor>();
  for (const [part, net, numbers] of parts(nets, kept)) {
    for (const place of places(net)) tensors.set(`${part}.${place.name}`, { shape: place.shape, data: Float32Array.from(indices(place), (at) => numbers[at]!) });
  }
  kept.curves.forEach(({ x, y, length }, i) => {
    tensors.set(`curves.${CURVES[i]}`, { shape: [2, length], data: Float64Array.of(...x.subarray(0, length), ...y.subarray(0, length)) });
  });
  if ([...tensors.values()].some(({ data }) => !data.every(Number.isFinite))) {
    throw new Refused("The numbers of this run have run away, so there is nothing to save. Take smaller learning rates, and press Reset.");
  }
  const { steps, look, sums, data, noise, gan: { optG, optD } } = kept;
  const rest = { look, sums, data, noise, optG, optD, curves: kept.curves.map(({ stride, seen }) => ({ stride, seen })) };
  return pack({ tensors, metadata: { format: FORMAT, version: VERSION, ...about, steps: String(steps), rest: JSON.stringify(rest) } });
}

/** What a file says of its run; the numbers are checked when the networks are known. */
export function read(bytes: Uint8Array): Named {
  const file = unpack(bytes), { format, version } = file.metadata;
  if (format !== FORMAT) throw new Refused(`The file holds ${format ? short(format) : "no run of a lab"}; “${FORMAT}” is expected. ${CURE}`);
  if (version !== VERSION) throw new Refused(`The file has version ${short(version)}; this lab reads version ${VERSION}. Open the file with the edition of the book that wrote it.`);
  return file;
}

/** What the model loads. */
export function kept(nets: Pick<LabelledGan, "G" | "D">, { tensors, metadata }: Named): Kept {
  const rest = restOf(metadata["rest"]), left = new Set(tensors.keys());
  const take = (name: string, shape: readonly number[]): Tensor => {
    const found = tensors.get(name), given = found && `(${found.shape.join(", ")})`, wanted = shape.map((n) => (n < 0 ? "n" : n)).join(", ");
    if (!found) throw new Refused(`${name} is missing in the file. ${CURE}`);
    if (found.shape.length !== shape.length || shape.some((n, i) => n >= 0 && n !== found.shape[i])) {
      throw new Refused(`${name} has the shape ${given} in the file; with its settings (${wanted}) is expected. ${CURE}`);
    }
    left.delete(name);
    return found;
  };
  const numbers = (part: string, net: Net): Floats => {
    const all = new Float32Array(net.weights.p.length);
    for (const place of places(net)) {
      const { data } = take(`${part}.${place.name}`, place.shape);
      indices(place).forEach((at, i) => { all[at] = data[i]!; });
    }
    if (part.startsWith("adam") && all.some((v) => v < 0)) throw new Refused(`${part} in the file holds a square below zero. ${CURE}`);
    return all;
  };
  const { G, D } = nets, { optG, optD, curves: counts, ...more } = rest;
  const gan = { G: { p: numbers("G", G), v: numbers("adam.G", G) }, D: { p: numbers("D", D), v: numbers("adam.D", D) }, average: numbers("average", G), optG, optD };
  const curves = CURVES.map((name, i) => series(take(`curves.${name}`, [2, -1]), counts[i]!));
  if (left.size) throw new Refused(`The file holds ${short([...left][0])}, which no run has. ${CURE}`);
  return { steps: Number(metadata["steps"]), ...more, gan, curves };
}

function series({ data }: Tensor, counts: { stride: number; seen: number }): Kept["curves"][number] {
  const length = data.length / 2, x = new Float64Array(POINTS), y = new Float64Array(POINTS);
  if (length > POINTS) throw new Refused(`A curve in the file has ${length} points; ${POINTS} are the most. ${CURE}`);
  x.set(data.subarray(0, length));
  y.set(data.subarray(length));
  return { x, y, length, ...counts };
}

type Rest = Pick<Kept, "look" | "sums" | "data" | "noise"> & Pick<Kept["gan"], "optG" | "optD"> & { curves: { stride: number; seen: number }[] };
type Check = (given: unknown) => boolean;

const number: Check = (x) => typeof x === "number" && Number.isFinite(x);
const share: Check = (x) => number(x) && (x as number) >= 0 && (x as number) <= 1;
const whole: Check = (x) => Number.isSafeInteger(x) && (x as number) >= 0;
const word: Check = (x) => x === ((x as number) | 0);
const either = (one: Check): Check => (x) => x === null || one(x);
const list = (n: number, each: Check): Check => (x) => Array.isArray(x) && x.length === n && x.every(each);
const record = (fields: Readonly<Record<string, Check>>): Check => (x) =>
  typeof x === "object" && x !== null && Object.keys(x).length === Object.keys(fields).length
  && Object.entries(fields).every(([name, check]) => Object.hasOwn(x, name) && check((x as Record<string, unknown>)[name]));

const stream = record({ a: word, b: word, c: word, counter: word, spare: either(number) });
const powers = record({ power1: share, power2: share });
const REST = record({
  look: either(record({ agreement: share, classes: list(CLASSES, whole), variety: number, copies: share })),
  sums: record({ d: number, g: number, real: number, fake: number, n: whole }),
  data: stream, noise: stream, optG: powers, optD: powers,
  curves: list(CURVES.length, record({ stride: (x) => whole(x) && x !== 0, seen: whole })),
});

/** What is no array: counters, random numbers, the last look. */
function restOf(text = ""): Rest {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    given = null;
  }
  if (!REST(given)) throw new Refused(`What the file says of counters and random numbers cannot be used. ${CURE}`);
  const rest = given as Rest, revived = (rng: Rest["data"]): Rest["data"] => ({ ...rng, spare: rng.spare ?? NaN }); // JSON knows no NaN
  return { ...rest, data: revived(rest.data), noise: revived(rest.noise) };
}
