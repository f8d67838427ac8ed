import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Child } from "../_harness/child.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { RtpListener } from "../faults/_rtp_listener.ts";
import { run } from "../install/_shells.ts";
import { Served } from "./_served.ts";

const MONITORING = fileURLToPath(new URL("../../packaging/monitoring/", import.meta.url));
/** Scrapes that Prometheus makes. A minute of them by hand: PROMETHEUS_SCRAPES=60. */
const SCRAPES = Number(Deno.env.get("PROMETHEUS_SCRAPES") ?? "5");

const streams = (endpoint: string): string =>
  `[streams.front]
codec = "h264"
input-mode = "dummy"
dummy-frames = 0
dummy-width = 160
dummy-height = 120
rtp = true
rtp-endpoint = "${endpoint}"
`;

Deno.test("promtool accepts the metrics and the alert rules", async () => {
  using limit = new TimeLimit(60);
  await using front = await RtpListener.open();
  await using served = new Served(streams(front.endpoint), limit.signal);
  await served.ready();
  await front.waitForUnits(10);
  const { body } = await served.ask("GET", "/metrics");
  // Fails if promtool finds a fault, or has a remark.
  await run("promtool", ["check", "metrics"], String(body));
  await run("promtool", ["check", "rules", `${MONITORING}alerts.yml`]);
});

Deno.test("the dashboard and the alert rules only use metrics that exist", async () => {
  const reference = await Deno.readTextFile(new URL("../../docs/metrics.md", import.meta.url));
  for (const file of ["alerts.yml", "dashboard.json"]) {
    const text = await Deno.readTextFile(`${MONITORING}${file}`);
    for (const [name] of text.matchAll(/\bcvmmap_\w+?(?=_bucket\b|\b)/g)) {
      assert.ok(reference.includes(`\`${name}\``), `${file}: ${name}`);
    }
  }
});

Deno.test("a real Prometheus scrapes what the receiver counts", async () => {
  using limit = new TimeLimit(90 + 2 * SCRAPES);
  using workspace = new Workspace();
  await using front = await RtpListener.open();
  await using served = new Served(streams(front.endpoint), limit.signal);
  await served.ready();
  const port = freeTcpPort();
  Deno.writeTextFileSync(
    workspace.path("prometheus.yml"),
    `global: {scrape_interval: 1s}
rule_files: ["${MONITORING}alerts.yml"]
scrape_configs: [{job_name: cvmmap, static_configs: [{targets: ["${served.address}"]}]}]
`,
  );
  await using _prometheus = new Child({
    name: "prometheus",
    command: "prometheus",
    args: [
      `--config.file=${workspace.path("prometheus.yml")}`,
      `--storage.tsdb.path=${workspace.path("data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    signal: limit.signal,
  });
  const query = async (text: string): Promise<number | undefined> => {
    try {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`;
      const { data } = await (await fetch(url)).json();
      const value = data?.result?.[0]?.value?.[1];
      return value === undefined ? undefined : Number(value);
    } catch {
      return undefined;
    }
  };
  const taken = 'cvmmap_sink_access_units_total{stream="front"}';
  let scrapes: number | undefined;
  while ((scrapes ?? 0) < SCRAPES) {
    limit.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 200));
    scrapes = await query(`count_over_time(${taken}[10m])`);
  }
  // Nothing is sent any more: the next scrape has the final figure.
  await served.ask("POST", "/api/v1/streams/front/stop");
  const received = front.units.length;
  let scraped: number | undefined;
  for (let tries = 0; tries < 100 && scraped !== received; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    scraped = await query(taken);
  }
  assert.equal(scraped, front.units.length);
  assert.equal(await query('min(up{job="cvmmap"})'), 1);
  assert.equal(front.lost, 0);
});
