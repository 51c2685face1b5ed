import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng, Series } from "../src/engine";
import { Pace } from "../src/kit/clock";
import type { Lab } from "../src/kit/lab";
import { after, Run } from "../src/kit/run";
import { Server, type Look } from "../src/kit/server";
import { LABS } from "../src/labs";

const portable = LABS.filter((lab) => new Run(lab).model.save);
const lab2d = LABS.find(({ tag }) => tag === "gan-lab-2d")!;

/** Something a reader may do: an action, a few steps, or a setting that the lab admits. */
function anything(lab: Lab, rng: Rng): [string, unknown] {
  const params = Object.entries(lab.params).filter(([, param]) => param.kind !== "points");
  const actions = Object.keys(lab.actions);
  if (rng.uniform() < 0.6) return [actions[rng.below(actions.length)]!, 1 + rng.below(4)];
  const [key, param] = params[rng.below(params.length)]!;
  if (param.kind === "levels") return [key, param.values[rng.below(param.values.length)]];
  if (param.kind === "toggle") return [key, rng.uniform() < 0.5];
  if (param.kind === "select" || param.kind === "radio") return [key, Object.keys(param.options)[rng.below(Object.keys(param.options).length)]];
  const { min, max, step } = param as { min: number; max: number; step: number };
  return [key, Number((min + step * rng.below(1 + Math.min(8, Math.round((max - min) / step)))).toPrecision(12))];
}

function perform(run: Run, [name, value]: [string, unknown]): void {
  if (name in run.lab.actions) for (let i = value as number; i > 0; i--) run.act(name);
  else run.set(name, value);
}

/** All that can be seen of a run, what is drawn of its past included. */
function seen(run: Run): unknown {
  const told = [run.state, run.told, run.toText(), run.model.describe()];
  const own = Object.entries(run.model).filter(([, value]) => typeof value !== "object" || [Array, Series, Rng].some((kind) => value instanceof kind));
  return [told, structuredClone([run.model.save!(), own])];
}

test("a lab that can be saved is saved whole: a run that changes its place after each act is the run that stays", () => {
  assert.deepEqual(portable.map(({ tag }) => tag), ["gan-lab-1d", "gan-lab-2d", "digit-lab"]);
  for (const lab of portable) {
    for (let seed = 0; seed < 3; seed++) {
      const rng = new Rng(seed, 77);
      const stays = new Run(lab, {}, seed), places = [new Run(lab, {}, seed), new Run(lab, {}, 99)] as const;
      let here = 0;
      for (let i = 0; i < 15; i++) {
        const act = anything(lab, rng);
        perform(stays, act);
        perform(places[here]!, act);
        const kept = structuredClone(places[here]!.save());
        here = 1 - here;
        places[here]!.resume(kept);
        assert.deepEqual(seen(places[here]!), seen(stays), `${lab.tag} seed ${seed} act ${i}: ${act}`);
      }
    }
  }
});

/** A server on a clock that is turned by hand. */
function served(lab: Lab): { server: Server; looks: Look[]; turn: () => boolean } {
  const looks: Look[] = [], todo: (() => void)[] = [];
  const server = new Server([lab], (look) => looks.push(structuredClone(look)), (go) => todo.push(go));
  return { server, looks, turn: () => { todo.shift()?.(); return todo.length > 0; } };
}

test("a run that goes on at a server is the run that goes on here", () => {
  for (const lab of portable) {
    const page = new Run(lab, {}, 3), alone = new Run(lab, {}, 3);
    const { server, looks, turn } = served(lab);
    const key = "k", entries = [{ action: "step", count: 8 }, { key, value: 3 }, { action: "d", count: 2 }, { action: "step", count: 5 }];
    server.take({ kind: "start", turn: 1, tag: lab.tag, run: structuredClone(page.save()), entries, speed: Infinity, wait: 0 });
    for (; !looks[looks.length - 1]?.done; turn()) server.take({ kind: "look", turn: 1 });
    for (const look of looks) {
      const there = new Run(lab);
      there.resume(structuredClone(look.run));
      for (const _ of there.redo(after(entries, look.acts)));
      for (const _ of alone.redo(looks.indexOf(look) ? [] : entries));
      assert.deepEqual(there.state, alone.state);
      assert.equal(there.toText(), alone.toText());
    }
  }
});

test("what is asked of an earlier turn, or after a stop, is not answered", () => {
  const { server, looks, turn } = served(lab2d);
  const start = (n: number): void => server.take({
    kind: "start", turn: n, tag: lab2d.tag, run: structuredClone(new Run(lab2d).save()), entries: [{ action: "step", count: Infinity }], speed: Infinity, wait: 0,
  });
  start(1);
  turn();
  start(2);
  server.take({ kind: "look", turn: 1 });
  turn(); // the first turn's slice
  assert.equal(looks.length, 0);
  server.take({ kind: "look", turn: 2 });
  while (!looks.length) turn();
  assert.equal(looks[0]!.turn, 2);
  server.take({ kind: "stop" });
  server.take({ kind: "look", turn: 2 });
  while (turn());
  assert.equal(looks.length, 1);
});

test("only whole acts are shown", () => {
  const run = new Run(lab2d, { k: 10, k_g: 10 });
  const { server, looks, turn } = served(lab2d);
  server.take({ kind: "start", turn: 1, tag: lab2d.tag, run: structuredClone(run.save()), entries: [{ action: "step", count: 40 }], speed: Infinity, wait: 0 });
  for (; !looks[looks.length - 1]?.done; turn()) server.take({ kind: "look", turn: 1 });
  assert.ok(looks.length > 1);
  for (const { run: { log, model } } of looks) {
    const { plain, counts } = model as { plain: { steps: number }; counts: { d: number }[] };
    const { count } = log[0] as { count: number };
    assert.deepEqual([plain.steps, counts[0]!.d, counts[1]!.d], [count, 10 * count, 0]);
  }
});

test("a run without end ends when no step can change anything", () => {
  const run = new Run(lab2d, { data: "own", drawn: [] });
  assert.equal([...run.redo([{ action: "step", count: Infinity }])].length, 1);
});

test("what is left of a list of acts", () => {
  const entries = [{ action: "step", count: 3 }, { key: "k", value: 2 }, { action: "d", count: Infinity }];
  assert.deepEqual(after(entries, 0), entries);
  assert.deepEqual(after(entries, 2), [{ action: "step", count: 1 }, ...entries.slice(1)]);
  assert.deepEqual(after(entries, 3), entries.slice(1));
  assert.deepEqual(after(entries, 100), entries.slice(2));
});

test("a pace counts what is due, waits, and makes up for a tenth of a second at most", () => {
  const now = performance.now(), slow = new Pace(4, 250), quick = new Pace(60), most = new Pace(Infinity);
  slow.advance(now + 200);
  assert.ok(!slow.ready && slow.rest > 30 && slow.rest < 70);
  slow.advance(now + 300);
  assert.ok(slow.ready);
  slow.spend();
  assert.ok(!slow.ready);
  quick.advance(now + 10_000);
  let due = 0;
  for (; quick.ready; quick.spend()) due += 1;
  assert.equal(due, 6);
  most.advance();
  most.spend();
  assert.ok(most.ready && most.rest === 0);
});
