import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "../src/kit/follow";
import { replay } from "../src/kit/run";
import { LABS } from "../src/labs";

const most = 500, every = 10;
const dirac = LABS.find(({ tag }) => tag === "dirac-lab")!;

test("what is followed is the run of the link, without a page", () => {
  const answer = follow(LABS, { link: "https://example.org/a#b=1&lab=dirac-lab;gamma=0.5;run=step*25,gamma:1,step", most, every });
  assert.ok("run" in answer);
  const { run } = answer;
  assert.deepEqual(run.state, replay(dirac, { gamma: 0.5 }, [["step", 25], ["gamma", 1], "step"]));
  assert.deepEqual([run.start["gamma"], run.log], [0.5, [{ action: "step", count: 25 }, { key: "gamma", value: 1 }, { action: "step", count: 1 }]]);
  assert.deepEqual(run.looks.map(({ step }) => step), [10, 20]);
});

test("a change that starts the run anew starts what is told anew", () => {
  const answer = follow(LABS, { link: "#lab=dirac-lab;run=step*25,theta:2,step*10", most, every });
  assert.ok("run" in answer);
  assert.deepEqual([answer.run.start["theta"], answer.run.log, answer.run.looks.length], [2, [{ action: "step", count: 10 }], 1]);
});

test("what a lab would leave out refuses the link", () => {
  for (const text of ["gamma=9", "mu=1", "run=d", "seed=x", "run=step*501", "run=step*300,gamma:1,step*300"]) {
    const answer = follow(LABS, { link: `#lab=dirac-lab;${text}`, most, every });
    assert.ok("refused" in answer && answer.refused.length === 1, text);
  }
});

test("weights in a link count for nothing", () => {
  const answer = (text: string): unknown => follow(LABS, { link: `#lab=gan-lab-1d;run=step*20${text}`, most, every });
  assert.deepEqual(answer(";weights=AAAA"), answer(""));
});

test("it ends when it is told that the time is over", () => {
  let asked = 0;
  assert.deepEqual(follow(LABS, { link: "#lab=dirac-lab;run=step*400", most, every }, () => (asked += 1) > 50), { late: true });
  assert.equal(asked, 51);
});
