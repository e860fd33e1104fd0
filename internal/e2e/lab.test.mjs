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
  const pictures = await nb.panel.locator(".jp-RenderedSVG img, .jp-RenderedSVG svg, .jp-RenderedImage img").count();
  assert.ok(pictures >= 3, `${pictures} pictures`);
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
    || [...document.querySelectorAll(".cm-content")].some((e) => e.textContent.includes("tensor.Arange")), null, { timeout: 10_000 });
  await nb.page.keyboard.press("Escape");
  await cell.locator(".cm-content").click();
  await nb.page.keyboard.press("Control+a");
  await nb.page.keyboard.insertText("tensor.");
  await nb.page.keyboard.press("Tab");
  const items = nb.page.locator(".jp-Completer-item");
  await items.first().waitFor({ timeout: 10_000 });
  const words = (await items.allInnerTexts()).map((s) => s.split("\n")[0]);
  assert.ok(words.some((w) => w.includes("Zeros")) || words.length > 10, words.join(", "));
  await nb.shot("completion");
  await nb.page.keyboard.press("Escape");
});

test("interrupt of an endless loop", { skip }, async () => {
  const cell = await nb.append("for {}");
  await nb.page.keyboard.press("Control+Enter");
  await nb.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]').waitFor({ timeout: 10_000 });
  await sleep(300);
  await nb.page.getByRole("menuitem", { name: "Kernel", exact: true }).click();
  await nb.page.getByRole("menuitem", { name: "Interrupt Kernel" }).click();
  await nb.ended(cell, 15_000);
  assert.match(await cell.locator(".jp-OutputArea-output").innerText(), /[Ii]nterrupted/);
  const after = await nb.run("kept");
  assert.equal((await after.locator(".jp-OutputArea-executeResult .jp-OutputArea-output").innerText()).trim(), "40");
});
