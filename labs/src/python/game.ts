/** The game of two players in PyTorch: losses, penalties, optimisers and a round of Algorithm 1, as the settings have them. */
import type { Values } from "../kit/params";
import { times, type Part } from "./text";

/** A pair of losses: of D, by its scores of real and fake; of G, by those of fakes. */
interface Losses {
  readonly d: string;
  readonly g: (fake: string) => string;
}

const CROSS_ENTROPY = "softplus(-D(x)).mean() + softplus(D(fake)).mean()";

/** As engine/losses.ts has them. */
const LOSSES: Record<string, Losses> = {
  nonsaturating: { d: CROSS_ENTROPY, g: (fake) => `softplus(-${fake}).mean()` },
  minimax: { d: CROSS_ENTROPY, g: (fake) => `-softplus(${fake}).mean()` },
  leastSquares: { d: "((D(x) - 1) ** 2 + D(fake) ** 2).mean() / 2", g: (fake) => `((${fake} - 1) ** 2).mean() / 2` },
  wasserstein: { d: "D(fake).mean() - D(x).mean()", g: (fake) => `-${fake}.mean()` },
  hinge: { d: "relu(1 - D(x)).mean() + relu(1 + D(fake)).mean()", g: (fake) => `-${fake}.mean()` },
  relativistic: { d: "softplus(D(fake) - D(x)).mean()", g: (fake) => `softplus(D(x) - ${fake}).mean()` },
};

export function losses(values: Values): Losses {
  return LOSSES[values["loss"] as string]!;
}

/** The three lines of a step. */
function descend(player: "d" | "g"): Part {
  return [`opt_${player}.zero_grad()`, `${player}_loss.backward()`, `opt_${player}.step()`];
}

/** Those of the players that move. */
export function optimizers(values: Values, beta1: string): Part {
  const made = (player: "d" | "g"): Part => {
    const weights = `${player.toUpperCase()}.parameters(), lr=${values[`lr_${player}`]}`;
    if (values["optimizer"] === "sgd") return `opt_${player} = torch.optim.SGD(${weights})`;
    return `opt_${player} = torch.optim.Adam(${weights}, betas=(${beta1}, 0.999))`;
  };
  return [moves(values, "k") && made("d"), moves(values, "k_g") && made("g")];
}

function moves(values: Values, key: "k" | "k_g"): boolean {
  return (values[key] as number) > 0;
}

const SLOPE = (at: string): string => `slope = torch.autograd.grad(D(${at}).sum(), ${at}, create_graph=True)[0]`;

function penalties({ r1, gp }: Values): Part {
  return [
    Number(r1) > 0 && [SLOPE("x"), `d_loss = d_loss + ${r1} / 2 * slope.square().sum(dim=1).mean()  # R1`],
    Number(gp) > 0 && [
      "t = torch.rand(n, 1)", "between = (t * x + (1 - t) * fake).requires_grad_()", SLOPE("between"),
      `d_loss = d_loss + ${gp} * (slope.norm(dim=1) - 1).square().mean()  # gradient penalty`,
    ],
  ];
}

/** D's half of a round, and G's. */
function halves(values: Values): Part[] {
  const { k, k_g: kG, clip, r1 } = values, { d, g } = losses(values);
  const moveD = times(k as number, "k steps of D",
    `x = sample_real(n)${r1 ? ".requires_grad_()" : ""}`, "fake = G(sample_z(n)).detach()", `d_loss = ${d}`, penalties(values), descend("d"),
    Boolean(clip) && ["for w in D.parameters():", `    w.data.clamp_(-${clip}, ${clip})`]);
  const moveG = times(kG as number, "steps of G", `g_loss = ${g("D(G(sample_z(n)))")}`, descend("g"));
  return [moves(values, "k") && moveD, moves(values, "k") && moves(values, "k_g") && "", moves(values, "k_g") && moveG];
}

/** All rounds; leaves the losses of each in `losses`. */
export function rounds(values: Values): Part {
  const both = moves(values, "k") && moves(values, "k_g");
  const unused = values["loss"] === "relativistic" && !moves(values, "k");
  const kept = both ? "[d_loss.item(), g_loss.item()]" : moves(values, "k") ? "d_loss.item()" : "g_loss.item()";
  return [
    unused && "x = sample_real(n)", "losses = []", "", "for step in range(steps):", ...halves(values).map(inLoop), inLoop(`losses.append(${kept})`), "",
  ];
}

const inLoop = (part: Part): Part => (part === false ? false : typeof part === "string" ? part && `    ${part}` : part.map(inLoop));

/** The chart of the losses, left of another one. */
export function charts(values: Values): Part {
  const names = [moves(values, "k") && "D", moves(values, "k_g") && "G"].filter(Boolean);
  return [
    "fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4))",
    `left.plot(losses, label=${JSON.stringify(names.map((name) => `loss of ${name}`)).replaceAll(",", ", ")})`,
  ];
}

/** Does nobody move? Then there is no program. */
export function still(values: Values): boolean {
  return !moves(values, "k") && !moves(values, "k_g");
}

export const STILL = "# Both players have 0 steps per round: nothing would move.\n";
