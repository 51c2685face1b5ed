/** The program of the digit lab: a labelled GAN on MNIST. */
import type { Values } from "../kit/params";
import { ends, type LayerShape } from "../engine/fast";
import { players as layers, Z } from "../labs/digit-lab/networks";
import { played } from "../labs/digit-lab/params";
import { losses } from "./game";
import { start } from "./plane";
import { def, indented, network, program, type Part } from "./text";

/** Training digits of each class; the lab's file has no more. */
const EACH: Record<string, number> = { all: 900, 1000: 100, 100: 10 };

function data({ share, fault }: Values): Part {
  const each = EACH[share as string]!, scale = fault === "range" ? "255" : "127.5 - 1";
  return [
    'mnist = MNIST("data", download=True)', `keep = torch.cat([(mnist.targets == y).nonzero()[:${each}, 0] for y in range(10)])`,
    fault === "range" && "# The mistake: these images lie in [0, 1], those of G in (-1, 1).",
    `images, labels = mnist.data[keep].flatten(1) / ${scale}, mnist.targets[keep]`, "",
    "def sample_real(n):", "    i = torch.randint(len(labels), (n,))", "    return images[i], labels[i]", "",
  ];
}

/** A layer, after what makes maps of vectors, or vectors of maps. */
function module(shape: LayerShape, below?: LayerShape): string {
  const first = !below || below.kind === "dense"; // no maps yet
  if (shape.kind === "dense") return `${first ? "" : "nn.Flatten(), "}nn.Linear(${shape.inputs}, ${shape.outputs})`;
  const { kind, side, fine, coarse } = shape, isUp = kind === "up";
  const [name, from, to, width] = isUp ? ["ConvTranspose2d", coarse, fine, side / 2] : ["Conv2d", fine, coarse, side];
  return `${first ? `nn.Unflatten(1, (${from}, ${width}, ${width})), ` : ""}nn.${name}(${from}, ${to}, 4, stride=2, padding=1)`;
}

function generator([first, ...rest]: readonly LayerShape[], labelled: boolean): Part {
  const shapes: LayerShape[] = [{ kind: "dense", inputs: labelled ? Z + 10 : Z, outputs: ends(first!)[1] }, ...rest], last = shapes.pop()!;
  const end = `${module(last, shapes[shapes.length - 1])}, nn.Tanh()${last.kind === "dense" ? "" : ", nn.Flatten()"}`;
  return network("G", [...shapes.map((shape, l) => `${module(shape, shapes[l - 1])}, nn.ReLU()`), end]);
}

function players(values: Values, labelled: boolean): Part {
  const { layersG, layersD } = layers(values), units = ends(layersD[layersD.length - 1]!)[1];
  const body = layersD.map((shape, l) => `${module(shape, layersD[l - 1])}, nn.LeakyReLU(0.2)`);
  return [
    generator(layersG, labelled),
    !labelled ? network("D", [...body, `nn.Linear(${units}, 1)`]) : [
      network("body", body), `score, embedding = nn.Linear(${units}, 1), nn.Embedding(10, ${units})`, "nn.init.zeros_(embedding.weight)", "",
      "def D(x, y):  # with a projection of the label", "    h = body(x)", "    return score(h) + (h * embedding(y)).sum(dim=1, keepdim=True)", "",
    ],
  ];
}

function optimizers({ fault, lr_d, lr_g, fall }: Values, labelled: boolean): Part {
  const joint = fault === "optimiser", weights = labelled ? "d_weights" : "D.parameters()";
  return [
    labelled && "d_weights = [*body.parameters(), *score.parameters(), *embedding.parameters()]",
    joint ? [
      `both = [{"params": ${weights}, "lr": ${lr_d}}, {"params": G.parameters(), "lr": ${lr_g}}]`,
      "opt = torch.optim.Adam(both, betas=(0.0, 0.99))  # the mistake: one for both",
    ] : [
      `opt_d = torch.optim.Adam(${weights}, lr=${lr_d}, betas=(0.0, 0.99))`,
      `opt_g = torch.optim.Adam(G.parameters(), lr=${lr_g}, betas=(0.0, 0.99))`,
    ],
    Boolean(fall) && [
      "", def("fall(step)", `min(1, max(0.05, 1 - 0.95 * (step / ${fall} - 0.25) / 0.75))`),
      joint ? "rates = [torch.optim.lr_scheduler.LambdaLR(opt, fall)]" : "rates = [torch.optim.lr_scheduler.LambdaLR(opt, fall) for opt in (opt_d, opt_g)]",
    ],
  ];
}

const DESCEND: Part = [
  "def descend(loss, optimizer):", indented("optimizer.zero_grad()", "loss.backward()", "optimizer.step()", "return loss.item()"), "",
];

/** R1 once in 16 steps, 16 times as strong; a step of its own. */
function penalty({ r1, k }: Values, opt: string, told: string): Part {
  return Boolean(r1) && [
    `if step % 16 == 0${k === 1 ? "" : " and i == 0"}:  # R1, ${r1} / 2 times 16`,
    indented(
      "x.requires_grad_()", `slope = torch.autograd.grad(D(x${told}).sum(), x, create_graph=True)[0]`,
      `descend(16 * ${r1} / 2 * slope.square().sum(dim=1).mean(), ${opt})`,
    ),
  ];
}

/** D's loss on real images with labels that are not their own: that on fakes. */
const REFUSED: Record<string, string> = {
  nonsaturating: "softplus(D(x, other)).mean()", minimax: "softplus(D(x, other)).mean()", leastSquares: "(D(x, other) ** 2).mean() / 2",
  hinge: "relu(1 + D(x, other)).mean()",
};

function round(values: Values, labelled: boolean): Part {
  const { k, fault, average, fall, r1, mismatch, loss } = values, joint = fault === "optimiser", told = labelled ? ", y" : "", { d, g } = losses(values);
  const tell = (loss: string): string => loss.replaceAll("(x)", `(x${told})`).replaceAll("(fake)", `(fake${told})`);
  const moveD: Part = [
    `x, ${labelled ? "y" : "_"} = sample_real(n)`, labelled ? "z = torch.cat([sample_z(n), one_hot(y, 10)], dim=1)" : "z = sample_z(n)",
    penalty(values, joint ? "opt" : "opt_d", told),
    `fake = G(z)${joint ? "" : ".detach()"}`,
    labelled && mismatch && !joint ? [
      "other = (y + 1 + step % 9) % 10  # never the image's own label", `d_loss = ${tell(d)}`,
      `descend(d_loss + ${REFUSED[loss as string]!}, opt_d)`,
    ] : [`d_loss = ${tell(d)}`, `descend(d_loss, ${joint ? "opt" : "opt_d"})`],
  ];
  return [
    "for step in range(steps):",
    indented(
      k === 1 ? moveD : [`for ${r1 ? "i" : "_"} in range(${k}):  # k steps of D`, indented(moveD)],
      `g_loss = descend(${g(`D(G(z)${told})`)}, ${joint ? "opt" : "opt_g"})`, "losses.append([d_loss.item(), g_loss])",
      Boolean(average) && ["for a, w in zip(average.parameters(), G.parameters()):", "    a.data.lerp_(w.data, max(0.003, 10 / (step + 10)))"],
      Boolean(fall) && ["for rate in rates:", "    rate.step()"],
    ),
    "",
  ];
}

function sheet({ label, average }: Values, labelled: boolean): Part {
  const G = average ? "average" : "G", y = label === "all" ? "torch.arange(10).repeat(6)" : `torch.full((60,), ${label})`;
  return [
    labelled ? [`y = ${y}`, "z = torch.cat([sample_z(60), one_hot(y, 10)], dim=1)"] : "z = sample_z(60)",
    `sheet = ${G}(z).detach().view(6, 10, 28, 28).transpose(1, 2).reshape(168, 280).numpy()`,
    "fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))", 'left.plot(losses, label=["loss of D", "loss of G"])', "left.legend()",
    'right.imshow(sheet, cmap="gray")', "plt.show()",
  ];
}

export function digits(given: Values, seed: number): string {
  const values: Values = { ...given, ...played(given) }, labelled = values["fault"] !== "labels", { fall, average } = values;
  return program("A labelled GAN that learns to write digits",
    start(seed, Number(fall) || 2000, 64), data(values), DESCEND, def("sample_z(n)", "torch.randn(n, 16)"), players(values, labelled), optimizers(values, labelled),
    Boolean(average) && "average = copy.deepcopy(G)", "losses = []", "", round(values, labelled), sheet(values, labelled));
}
