// A JupyterLab of our own on loopback, and a person in front of it: Debian's Chromium under playwright.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
const venv = process.env.RG_VENV ?? join(root, ".tools/venv");
export const shots = process.env.RG_SHOTS ?? join(root, "build/shots");

export function browserPath() {
  const known = [process.env.RG_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
  return known.find((p) => p && existsSync(p));
}

// startLab serves a copy of notebooks/, so that no test changes the checkout.
export async function startLab() {
  const folder = mkdtempSync(join(tmpdir(), "rg-lab-"));
  cpSync(join(root, "notebooks"), join(folder, "notebooks"), { recursive: true });
  const env = { ...process.env };
  for (const own of ["CONFIG", "DATA", "RUNTIME"]) env[`JUPYTER_${own}_DIR`] = join(folder, own.toLowerCase());
  env.JUPYTERLAB_SETTINGS_DIR = join(folder, "settings");
  env.JUPYTERLAB_WORKSPACES_DIR = join(folder, "workspaces");
  // Cells out of sight stay in the page, so that all of them can be asked.
  const tracker = join(folder, "settings/@jupyterlab/notebook-extension");
  mkdirSync(tracker, { recursive: true });
  writeFileSync(join(tracker, "tracker.jupyterlab-settings"), JSON.stringify({ windowingMode: "none" }));
  const lab = spawn(join(venv, "bin/jupyter"), ["lab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0", "--IdentityProvider.token=loopback", `--ServerApp.root_dir=${join(folder, "notebooks")}`,
    "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"], { env });
  let log = "";
  const url = await new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`JupyterLab did not start:\n${log}`)), 90_000);
    const read = (chunk) => {
      log += chunk;
      const m = log.match(/(http:\/\/127\.0\.0\.1:\d+)\/lab/);
      if (m) { clearTimeout(timer); found(m[1]); }
    };
    lab.stdout.on("data", read);
    lab.stderr.on("data", read);
    lab.on("exit", (code) => failed(new Error(`JupyterLab ended with ${code}:\n${log}`)));
  });
  return {
    url,
    // write puts a notebook of these cells beside the others.
    write(name, ...cells) {
      const nb = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: "rg", display_name: "Go (rg)", language: "go" } },
        cells: cells.map((source, i) => ({ id: `cell${i}`, cell_type: "code", metadata: {}, execution_count: null, outputs: [], source })) };
      writeFileSync(join(folder, "notebooks", name), JSON.stringify(nb));
    },
    // kernelOf is the ID of a notebook's kernel.
    async kernelOf(name) {
      const sessions = await (await fetch(`${url}/api/sessions?token=loopback`)).json();
      return sessions.find((s) => s.path === name).kernel.id;
    },
    log: () => log,
    async stop() {
      const ended = new Promise((done) => lab.once("exit", done));
      lab.kill("SIGTERM");
      const patience = setTimeout(() => lab.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(patience);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function openBrowser() {
  mkdirSync(shots, { recursive: true });
  return chromium.launch({
    executablePath: browserPath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

// Notebook is one notebook open in JupyterLab, with the gestures that the tests make.
export class Notebook {
  constructor(page) {
    this.page = page;
    this.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
    this.cells = this.panel.locator(".jp-Cell");
  }

  static async open(browser, lab, path) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    await page.goto(`${lab.url}/lab/tree/${path}?token=loopback&reset`);
    const nb = new Notebook(page);
    await nb.panel.locator(".jp-Cell").first().waitFor({ timeout: 60_000 });
    await nb.idle();
    return nb;
  }

  // idle waits until the kernel shown in the toolbar has nothing to do.
  async idle(timeout = 120_000) {
    await this.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout });
  }

  async restartAndRunAll(timeout = 120_000) {
    await this.menu("Edit", "Clear Outputs of All Cells"); // and the numbers, which say below that a cell has run
    await this.page.getByRole("menuitem", { name: "Kernel", exact: true }).click();
    await this.page.getByRole("menuitem", { name: "Restart Kernel and Run All Cells…" }).click();
    await this.page.locator(".jp-Dialog .jp-mod-accept").click();
    await this.page.waitForFunction(() => {
      const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
      return prompts.length > 0 && prompts.every((p) => /\[\d+\]/.test(p.textContent));
    }, null, { timeout });
    await this.idle(timeout);
  }

  // cell is the code cell that contains a text.
  cell(text) {
    return this.panel.locator(".jp-CodeCell", { has: this.page.locator(".jp-InputArea", { hasText: text }) });
  }

  // start runs a cell that is there already, and waits until it runs.
  async start(cell) {
    await cell.locator(".cm-content").click();
    await this.page.keyboard.press("Control+Enter");
    await cell.locator(".jp-InputArea-prompt", { hasText: "[*]" }).waitFor({ timeout: 60_000 });
  }

  // useKernel gives the notebook a kernel that runs already.
  async useKernel(id) {
    await this.menu("Kernel", "Change Kernel…");
    await this.page.locator(".jp-Dialog select").selectOption({ value: JSON.stringify({ id }) });
    await this.page.locator(".jp-Dialog .jp-mod-accept").click();
    await this.page.locator(".jp-Dialog").waitFor({ state: "detached" });
    await this.idle();
  }

  // openConsole opens a console at the notebook's kernel, below the notebook.
  async openConsole() {
    await this.panel.locator(".jp-Cell").first().click({ button: "right" });
    await this.page.getByRole("menuitem", { name: "New Console for Notebook" }).click();
    const panel = this.page.locator(".jp-ConsolePanel");
    await panel.locator(".jp-CodeConsole-promptCell").waitFor({ timeout: 60_000 });
    const page = this.page;
    return {
      async run(code) {
        await panel.locator(".jp-CodeConsole-promptCell .cm-content").click();
        await page.keyboard.insertText(code);
        await page.keyboard.press("Shift+Enter");
      },
      said: (text) => panel.locator(".jp-CodeConsole-content .jp-OutputArea-output", { hasText: text }).last().waitFor({ timeout: 60_000 }),
    };
  }

  async menu(...items) {
    await this.page.getByRole("menuitem", { name: items[0], exact: true }).click();
    for (const item of items.slice(1)) await this.page.getByRole("menuitem", { name: item }).click();
  }

  // append adds a cell at the end, types into it as a person does, and leaves the cursor there.
  async append(code) {
    await this.panel.locator(".jp-Notebook").click({ position: { x: 5, y: 5 } });
    await this.page.keyboard.press("Escape");
    await this.panel.locator(".jp-Notebook-footer").click();
    const cell = this.panel.locator(".jp-CodeCell").last();
    await cell.locator(".cm-content").click();
    await this.page.keyboard.insertText(code);
    return cell;
  }

  async run(code, timeout = 60_000) {
    const cell = await this.append(code);
    await this.page.keyboard.press("Control+Enter");
    await this.ended(cell, timeout);
    return cell;
  }

  async ended(cell, timeout = 60_000) {
    await cell.locator(".jp-InputArea-prompt", { hasText: /\[\d+\]/ }).waitFor({ timeout });
    await this.idle(timeout);
  }

  async shot(name) {
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }
}
