// rg in JupyterLab as a person uses it. Screenshots are left in build/shots to be looked at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Notebook, browserPath, openBrowser, startLab } from "./lab.mjs";

const skip = browserPath() ? false : "no Chromium: install Debian's package chromium, or set RG_CHROMIUM";
let lab, browser, nb;

before(async () => {
  if (skip) return;
  lab = await startLab();
  browser = await openBrowser();
  nb = await Notebook.open(browser, lab, "01-quickstart.ipynb");
});

after(async () => {
  await browser?.close();
  await lab?.stop();
});

test("restart and run all: every cell ends and plots are seen", { skip }, async () => {
  await nb.restartAndRunAll();
  const errors = await nb.panel.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents();
  assert.deepEqual(errors, []);
  // The page draws after the kernel has said all, later on a busy machine.
  await nb.panel.locator(".jp-RenderedSVG img, .jp-RenderedSVG svg, .jp-RenderedImage img").nth(2).waitFor({ state: "attached", timeout: 60_000 });
  for (const [i, picture] of (await nb.panel.locator(".jp-RenderedSVG").all()).entries()) {
    await picture.scrollIntoViewIfNeeded();
    const box = await picture.boundingBox();
    assert.ok(box.width > 100 && box.height > 50, `picture ${i} is ${box.width} × ${box.height}`);
    await nb.shot(`quickstart-${i}`);
  }
});

test("a value defined in one cell is there three cells later", { skip }, async () => {
  await nb.run("kept := 40");
  await nb.run("other := 1");
  await nb.run("other + 1");
  const cell = await nb.run("kept + 2");
  assert.equal((await cell.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").innerText()).trim(), "42");
});

test("a type error and a panic show their line", { skip }, async () => {
  const wrong = await nb.run('a := 1\nvar b string = a');
  const compile = await wrong.locator(".jp-OutputArea-output").innerText();
  assert.match(compile, /In \[\d+\]:2:16/);
  const broken = await nb.run("xs := []int{1}\ni := 3\nxs[i]");
  const panic = await broken.locator(".jp-OutputArea-output").innerText();
  assert.match(panic, /index out of range \[3\] with length 1/);
  assert.match(panic, /In \[\d+\]:3/);
  await nb.shot("errors");
});

test("completion on tensor.", { skip }, async () => {
  const cell = await nb.append("tensor.Aran");
  await nb.page.keyboard.press("Tab");
  await nb.page.waitForFunction(() => [...document.querySelectorAll(".jp-Completer-item")].length > 0
    || [...document.querySelectorAll(".cm-content")].some((e) => e.textContent.includes("tensor.Arange")), null, { timeout: 60_000 });
  await nb.page.keyboard.press("Escape");
  await cell.locator(".cm-content").click();
  await nb.page.keyboard.press("Control+a");
  await nb.page.keyboard.insertText("tensor.");
  await nb.page.keyboard.press("Tab");
  const items = nb.page.locator(".jp-Completer-item");
  await items.first().waitFor({ timeout: 60_000 });
  const words = (await items.allInnerTexts()).map((s) => s.split("\n")[0]);
  assert.ok(words.some((w) => w.includes("Zeros")) || words.length > 10, words.join(", "));
  await nb.shot("completion");
  await nb.page.keyboard.press("Escape");
});

test("interrupt of an endless loop", { skip }, async () => {
  const cell = await nb.append("for {}");
  await nb.page.keyboard.press("Control+Enter");
  await nb.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').waitFor({ timeout: 60_000 });
  await sleep(300);
  await nb.page.getByRole("menuitem", { name: "Kernel", exact: true }).click();
  await nb.page.getByRole("menuitem", { name: "Interrupt Kernel" }).click();
  await nb.ended(cell);
  assert.match(await cell.locator(".jp-OutputArea-output").innerText(), /[Ii]nterrupted/);
  const after = await nb.run("kept");
  assert.equal((await after.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").innerText()).trim(), "40");
});

const result = async (cell) => (await cell.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").innerText()).trim();

test("Shift-Tab describes what the cursor is at", { skip }, async () => {
  await nb.append("tensor.Zeros");
  await nb.page.keyboard.press("Shift+Tab");
  const tooltip = nb.page.locator(".jp-Tooltip");
  await tooltip.waitFor({ timeout: 60_000 });
  await nb.page.waitForFunction(() => document.querySelector(".jp-Tooltip")?.textContent.includes("func tensor.Zeros"), null, { timeout: 60_000 });
  await nb.shot("tooltip");
  await nb.page.keyboard.press("Escape");
});

test("the input box asks and answers", { skip }, async () => {
  const cell = await nb.append('"hello " + rg.Input("who? ")');
  await nb.page.keyboard.press("Control+Enter");
  const box = nb.panel.locator("input.jp-Stdin-input");
  await box.waitFor({ timeout: 60_000 });
  assert.match(await nb.panel.locator(".jp-Stdin-prompt").innerText(), /who\?/);
  await nb.shot("input");
  await box.fill("gopher");
  await box.press("Enter");
  await nb.ended(cell);
  assert.equal(await result(cell), "hello gopher");

  const scan = await nb.append('import ("bufio"; "os")\nline, _ := bufio.NewReader(os.Stdin).ReadString(10)\nlen(line)');
  await nb.page.keyboard.press("Control+Enter");
  await box.waitFor({ timeout: 60_000 });
  await box.fill("four");
  await box.press("Enter");
  await nb.ended(scan);
  assert.equal(await result(scan), "5");
});

test("a question mark opens the pager", { skip }, async () => {
  await nb.run("?tensor.Zeros");
  await nb.page.waitForFunction(() => document.body.textContent.includes("makes a Float32 tensor of zeros"), null, { timeout: 60_000 });
  await nb.shot("pager");
});

test("two notebooks run at once and share nothing", { skip }, async () => {
  lab.write("one.ipynb", 'import "time"\nx := 1\ntime.Sleep(3 * time.Second)\nx');
  lab.write("two.ipynb", "x := 2\nx");
  const one = await Notebook.open(browser, lab, "one.ipynb");
  const two = await Notebook.open(browser, lab, "two.ipynb");
  const slow = one.panel.locator(".jp-CodeCell").first();
  await one.start(slow);
  const quick = two.panel.locator(".jp-CodeCell").first();
  await quick.locator(".cm-content").click();
  await two.page.keyboard.press("Control+Enter");
  await two.ended(quick);
  assert.equal(await result(quick), "2");
  await one.ended(slow);
  assert.equal(await result(slow), "1");
  await one.page.close();
  await two.page.close();
});

test("two notebooks and a console at one kernel", { skip }, async () => {
  lab.write("here.ipynb", "");
  lab.write("there.ipynb", "");
  const here = await Notebook.open(browser, lab, "here.ipynb");
  assert.equal(await result(await here.run("shared := 40\nshared")), "40");
  const kernel = await lab.kernelOf("here.ipynb");

  // The other notebook, in a tab of its own, is given the kernel of the first.
  const there = await Notebook.open(browser, lab, "there.ipynb");
  await there.useKernel(kernel);
  assert.equal(await result(await there.run("shared += 2\nshared")), "42");
  assert.equal(await result(await here.run("shared")), "42");

  // While one runs, the other's cells wait their turn, complete, and can interrupt it.
  const loop = await here.append("for { shared = 7 }");
  await here.start(loop);
  const waits = await there.append("shared");
  await there.page.keyboard.press("Control+Enter");
  await waits.locator(".jp-InputArea-prompt", { hasText: "[*]" }).waitFor({ timeout: 60_000 });
  await there.menu("Kernel", "Interrupt Kernel");
  await here.ended(loop);
  assert.match(await loop.locator(".jp-OutputArea-output").innerText(), /[Ii]nterrupted/);
  assert.equal(await result(await there.run("shared")), "7");

  // A console beside the notebook shows what the notebook runs, too.
  const console_ = await here.openConsole();
  await console_.run("shared + 1");
  await console_.said("8");
  await here.page.close();
  await there.page.close();
});

test("restart forgets, and the next cell runs", { skip }, async () => {
  lab.write("restart.ipynb", "");
  const own = await Notebook.open(browser, lab, "restart.ipynb");
  assert.equal(await result(await own.run("kept := 7\nkept")), "7");
  await own.menu("Kernel", "Restart Kernel…");
  await own.page.locator(".jp-Dialog .jp-mod-accept").click();
  await sleep(500);
  await own.idle();
  const after = await own.run("kept");
  assert.match(await after.locator(".jp-OutputArea-output").innerText(), /undefined: kept/);
  await own.page.close();
});

test("while a model trains: interrupt, inspect it, go on training", { skip }, async () => {
  const gpt = await Notebook.open(browser, lab, "02-char-gpt.ipynb");
  const train = gpt.cell("for ; step < steps; step++");
  const said = (text, timeout) => train.locator(".jp-OutputArea-output", { hasText: text }).waitFor({ timeout });
  const result = (cell) => cell.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").innerText();
  await train.locator(".cm-content").click();
  await gpt.menu("Run", "Run All Above Selected Cell");
  await gpt.cell("Judge is the cross-entropy").locator(".jp-InputArea-prompt", { hasText: "[5]" }).waitFor({ timeout: 60_000 });
  await gpt.idle();

  await gpt.start(train);
  await said("step   50", 120_000);
  const picture = train.locator(".jp-RenderedSVG");
  assert.equal(await picture.count(), 1);
  await picture.scrollIntoViewIfNeeded();
  await gpt.shot("gpt-training");
  await gpt.menu("Kernel", "Interrupt Kernel");
  await gpt.ended(train);
  assert.match(await train.locator(".jp-OutputArea").innerText(), /[Ii]nterrupted/);

  const reached = Number(await result(await gpt.run("step")));
  assert.ok(reached >= 49 && reached < 1000, `step ${reached}`);
  assert.match(await result(await gpt.run('Write("Praise ye", 20, 0.8)')), /^Praise ye.{15,}/s);
  const loss = Number(await result(await gpt.run("Judge()")));
  assert.ok(loss > 1.2 && loss < 2.6, `loss ${loss} after ${reached} steps`);

  await gpt.start(train);
  await said("step  200", 180_000);
  const text = await train.locator(".jp-OutputArea").innerText();
  assert.doesNotMatch(text, /step   50/); // it didn't begin again
  await gpt.menu("Kernel", "Interrupt Kernel");
  await gpt.ended(train);
  const later = Number(await result(await gpt.run("Judge()")));
  assert.ok(later < loss, `loss ${loss}, then ${later}`);
  await gpt.page.close();
});
