/** The program of the 2-D lab, and that of the 1-D lab. */
import type { Values } from "../kit/params";
import { charts, optimizers, rounds, STILL, still } from "./game";
import { def, network, plus, program, tensor, type Part } from "./text";

const ACTIVATIONS: Record<string, string> = { relu: "nn.ReLU()", leaky: "nn.LeakyReLU(0.2)", tanh: "nn.Tanh()" };

/** A multilayer perceptron: layers with their activations. */
function mlp(name: string, sizes: readonly number[], hidden: string, output = ""): Part {
  return network(name, sizes.slice(1).map((nOut, l) => {
    const activation = l === sizes.length - 2 ? output : ACTIVATIONS[hidden]!;
    return `nn.Linear(${sizes[l]}, ${nOut})${activation && `, ${activation}`}`;
  }));
}

/** A number that Python takes for a float. */
export const float = (x: unknown): string => (Number.isInteger(x) ? `${String(x)}.0` : String(x));

export const start = (seed: number, steps: number, n: number): Part => [`torch.manual_seed(${seed})`, `steps, n = ${steps}, ${n}`];

/** Where the Gaussians stand, and how wide they are: as labs/gan-lab-2d/mixture.ts has it. */
const SHAPES: Record<string, { readonly centres: Part; readonly sigma: number }> = {
  line: { centres: "centres = torch.stack([torch.linspace(-2, 2, 32), torch.linspace(-1.2, 1.2, 32)], dim=1)", sigma: 0.12 },
  one: { centres: "centres = torch.tensor([[-1.2, 0.4]])", sigma: 0.35 },
  two: { centres: "centres = torch.tensor([[-1.2, -0.8], [1.2, 0.8]])", sigma: 0.35 },
  ring: { centres: ["angle = torch.arange(8) * torch.pi / 4", "centres = 2 * torch.stack([angle.cos(), angle.sin()], dim=1)"], sigma: 0.15 },
  three: {
    centres: [
      "ends = [(-2.2, 0.4, -1.0, 1.8), (1.0, 1.8, 2.2, 0.4), (-0.9, -1.8, 0.9, -1.8)]",
      "strokes = [[torch.linspace(a, c, 8), torch.linspace(b, d, 8)] for a, b, c, d in ends]",
      "centres = torch.cat([torch.stack(xy, dim=1) for xy in strokes])",
    ],
    sigma: 0.13,
  },
  grid: { centres: ["ticks = torch.linspace(-2.2, 2.2, 5)", "centres = torch.cartesian_prod(ticks, ticks)"], sigma: 0.1 },
};

function data({ data: name, drawn }: Values): { readonly centres: Part; readonly sigma: number } {
  const points = drawn as readonly (readonly number[])[];
  return SHAPES[name as string] ?? { centres: tensor("centres", points.map(([x, y]) => `[${x}, ${y}]`)), sigma: 0.14 };
}

const layers = (n: unknown, units: unknown): number[] => Array<number>(n as number).fill(units as number);

export function plane(values: Values, seed: number): string {
  if (still(values)) return STILL;
  const { centres, sigma } = data(values), dims = Number(values["noise_dims"]);
  const z = values["noise"] === "uniform" ? `2 * torch.rand(n, ${dims}) - 1` : `torch.randn(n, ${dims})`;
  if (values["data"] === "own" && !(values["drawn"] as unknown[]).length) return "# There are no data: draw on the picture first.\n";
  return program("A GAN in the plane",
    values["start"] === "trained" && "# The lab began with stored weights; this begins with random ones.",
    start(seed, 1000, 150), centres, "",
    def("sample_real(n)", `centres[torch.randint(len(centres), (n,))] + ${sigma} * torch.randn(n, 2)`),
    def("sample_z(n)", z),
    mlp("G", [dims, ...layers(values["g_layers"], values["g_units"]), 2], values["activation"] as string, values["output"] === "tanh" ? "nn.Tanh()" : ""),
    mlp("D", [2, ...layers(values["d_layers"], values["d_units"]), 1], values["activation"] as string),
    optimizers(values, float(values["beta1"])), rounds(values), charts(values),
    'right.scatter(*sample_real(500).T, s=5, label="real")', 'right.scatter(*G(sample_z(500)).detach().T, s=5, label="fake")',
    "fig.legend()", "plt.show()");
}

/** A layer in front of a linear one: with it, the logit is quadratic. */
export const squares = (factor: string): Part => ["class Squares(nn.Module):", "    def forward(self, x):", `        return torch.cat([x, ${factor}x**2], dim=1)`, ""];

export const zero = (weights: string): Part => [`for w in ${weights}:`, "    nn.init.zeros_(w)  # D = 1/2 everywhere"];

const D: Record<string, Part> = {
  linear: ["D = nn.Linear(1, 1)", zero("D.parameters()")],
  quadratic: ["D = nn.Sequential(Squares(), nn.Linear(2, 1))", zero("D.parameters()")],
  mlp: mlp("D", [1, 16, 16, 1], "leaky"),
};

/** Digits of a product, not those of its rounding. */
const round = (x: number): number => Number(x.toPrecision(12));

function bells({ data: name, mu, sigma }: Values): Part {
  if (name === "one") return def("sample_real(n)", plus(mu as number, `${sigma} * torch.randn(n, 1)`));
  const side = round(1.4 * (sigma as number)), spread = round(0.4 * (sigma as number));
  return ["def sample_real(n):", "    side = 2 * torch.randint(2, (n, 1)) - 1", `    return ${plus(mu as number, `${side} * side + ${spread} * torch.randn(n, 1)`)}`, ""];
}

export function line(values: Values, seed: number): string {
  if (still(values)) return STILL;
  const affine = ["G = nn.Linear(1, 1)  # mu + sigma z", `nn.init.constant_(G.bias, ${values["start_mu"]})`, `nn.init.constant_(G.weight, ${values["start_sigma"]})`];
  return program("A GAN on a line",
    start(seed, 500, 256), "", bells(values), def("sample_z(n)", "torch.randn(n, 1)"),
    values["capacity"] === "quadratic" && squares("0.1 * "),
    values["generator"] === "affine" ? affine : mlp("G", [1, 16, 16, 1], "tanh"),
    D[values["capacity"] as string]!, optimizers(values, "0.5"), rounds(values),
    "real, fake = sample_real(4000), G(sample_z(4000)).detach()",
    'print(f"mean {fake.mean():.2f} ({real.mean():.2f}), spread {fake.std():.2f} ({real.std():.2f})")',
    charts(values),
    'right.hist(real, range=(-7, 11), bins=60, alpha=0.6, label="real")', 'right.hist(fake, range=(-7, 11), bins=60, alpha=0.6, label="fake")',
    "fig.legend()", "plt.show()");
}
