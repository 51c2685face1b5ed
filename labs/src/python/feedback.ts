/** The programs of the labs without a full game: Marco Polo, the ratio, and the two numbers that circle. */
import type { Values } from "../kit/params";
import { float, squares, start, zero } from "./plane";
import { def, indented, plus, program, type Part } from "./text";

const LEARNED: Part = [
  "for _ in range(5):  # D learns, the caller waits",
  indented(
    "with torch.no_grad():", "    x, fake = sample_real(n), mu + sigma * sample_z(n)",
    "d_loss = softplus(-D(x)).mean() + softplus(D(fake)).mean()", "opt_d.zero_grad()", "d_loss.backward()", "opt_d.step()",
  ),
  "answer = torch.autograd.grad(D(mu + sigma * sample_z(n)).mean(), (mu, sigma))",
];

/** What the caller hears, by the setting: what is said of it before the loop, and in it. */
function answers(values: Values): { readonly before: Part; readonly within: Part } {
  const { feedback, mu, sigma } = values;
  if (feedback === "none") return { before: false, within: "answer = [0, 0]  # nobody answers" };
  if (feedback === "exact") {
    return { before: `target = Normal(${mu}, ${sigma})`, within: ["kl = kl_divergence(Normal(mu, sigma), target)", "answer = torch.autograd.grad(-kl, (mu, sigma))"] };
  }
  return {
    before: [
      "", def("sample_real(n)", plus(mu as number, `${sigma} * torch.randn(n, 1)`)), def("sample_z(n)", "torch.randn(n, 1)"), squares(""),
      "D = nn.Sequential(Squares(), nn.Linear(2, 1))", zero("D.parameters()"), "opt_d = torch.optim.Adam(D.parameters(), lr=0.02, betas=(0.5, 0.999))",
    ],
    within: LEARNED,
  };
}

export function marcoPolo(values: Values, seed: number): string {
  const { noise, step_size: rate, start_mu: mu, start_sigma: sigma, feedback } = values, { before, within } = answers(values);
  const heard = (i: number): string => (noise ? `(answer[${i}] + noise[${i}])` : `answer[${i}]`);
  return program("Marco Polo: a bell learns by feedback where the target is",
    `torch.manual_seed(${seed})`, feedback === "learned" ? "steps, n = 100, 256" : "steps = 100", before,
    Boolean(noise) && ["", def("sample_noise()", `${noise} * torch.randn(2)`)],
    `mu, sigma = torch.tensor(${float(mu)}, requires_grad=True), torch.tensor(${float(sigma)}, requires_grad=True)`, "path = []", "",
    "for step in range(steps):",
    indented(
      within, Boolean(noise) && "noise = sample_noise()", "with torch.no_grad():",
      indented(`mu += ${rate} * ${heard(0)}`, `sigma += ${rate} * ${heard(1)}`, "sigma.clamp_(min=0.05)"), "path.append([mu.item(), sigma.item()])",
    ),
    "", 'plt.plot(path, label=["mean", "spread"])', "plt.legend()", "plt.show()");
}

export function ratio(values: Values, seed: number): string {
  const { mu, sigma, mu_g, sigma_g, batch, lr } = values;
  return program("Two discriminators, and the best one",
    start(seed, 300, batch as number), `p_data, p_g = Normal(${float(mu)}, ${float(sigma)}), Normal(${float(mu_g)}, ${float(sigma_g)})`, "",
    def("sample_real(n)", "p_data.sample((n, 1))"), def("sample_fake(n)", "p_g.sample((n, 1))"), squares(""),
    "linear, quadratic = nn.Linear(1, 1), nn.Sequential(Squares(), nn.Linear(2, 1))", "weights = [*linear.parameters(), *quadratic.parameters()]",
    zero("weights"), `opt = torch.optim.Adam(weights, lr=${lr})  # none depends on another`, "",
    "for step in range(steps):",
    indented(
      "x, fake = sample_real(n), sample_fake(n)",
      "losses = [softplus(-D(x)).mean() + softplus(D(fake)).mean() for D in (linear, quadratic)]", "opt.zero_grad()", "sum(losses).backward()", "opt.step()",
    ),
    "", "x = torch.linspace(-6, 10, 400)[:, None]", 'for D, name in (linear, "linear"), (quadratic, "quadratic"):',
    "    plt.plot(x, D(x).detach().sigmoid(), label=name)", 'plt.plot(x, (p_data.log_prob(x) - p_g.log_prob(x)).sigmoid(), "k:", label="D*, the best")',
    "plt.legend()", "plt.show()");
}

/** Losses of D, whose x is 0 if it is real, and of G; D(x) = sigmoid(psi x). */
const GAMES: Record<string, readonly [d: string, g: string]> = {
  xy: ["-theta * psi", "theta * psi"],
  minimax: ["softplus(theta * psi)", "-softplus(theta * psi)"],
  nonsaturating: ["softplus(theta * psi)", "softplus(-theta * psi)"],
};

export function dirac(values: Values): string {
  const [d, g] = GAMES[values["game"] as string]!, { gamma, step_size: h, theta, psi } = values;
  return program("Why it circles: two numbers play",
    `steps, h = 100, ${h}`, "",
    def("loss_d(theta, psi)", `${d}${gamma ? ` + ${gamma} / 2 * psi**2  # R1` : ""}`), def("loss_g(theta, psi)", g),
    "def simultaneous(theta, psi):", "    return theta - h * grad(loss_g, 0)(theta, psi), psi - h * grad(loss_d, 1)(theta, psi)", "",
    "def alternating(theta, psi):", "    psi = psi - h * grad(loss_d, 1)(theta, psi)", "    return theta - h * grad(loss_g, 0)(theta, psi), psi", "",
    "for move in (simultaneous, alternating):",
    indented(
      `path = [(torch.tensor(${float(theta)}), torch.tensor(${float(psi)}))]`, "for step in range(steps):", "    path.append(move(*path[-1]))",
      "plt.plot(*torch.tensor(path).T, label=move.__name__)",
    ),
    "plt.legend()", "plt.show()", "",
    def("field(p)", "torch.stack([-grad(loss_g, 0)(*p), -grad(loss_d, 1)(*p)])"),
    'print("eigenvalues at (0, 0):", torch.linalg.eigvals(jacrev(field)(torch.zeros(2))))');
}
