import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SHIM_SOURCES } from "./shim_build.ts";

const ROOT = new URL("../", import.meta.url);
const IMPORTS = "ffi/environment.ts ffi/libc.ts ffi/library.ts ffi/memory_file.ts ffi/shim.ts " +
  "ffi/shim_build.ts ffi/shim_symbols.ts ffi/udp.ts src/errors.ts deno.json deno.lock";

/** What an importing program may do, besides what building the shim takes. */
const ALLOWED = ["--allow-ffi", "--allow-read", "--allow-env=HOME,XDG_CACHE_HOME,CVMMAP_SHIM,CC"];
const TO_BUILD = [...ALLOWED, "--allow-write", "--allow-run=cc,false", "--allow-net=127.0.0.1"];

/** The module as somebody has it who did not build it, and a cache that is empty. */
class Elsewhere implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "cvmmap_shim_" });
  readonly cache = `${this.directory}/cache`;

  constructor() {
    const files = [...IMPORTS.split(" "), ...SHIM_SOURCES.map((name) => `native/${name}`)];
    for (const directory of ["ffi", "src", "native"]) {
      Deno.mkdirSync(`${this.directory}/${directory}`);
    }
    for (const file of files) Deno.copyFileSync(new URL(file, ROOT), `${this.directory}/${file}`);
  }

  /** Prepares the shim in a process of its own and asks it the time. */
  async prepare(
    flags: readonly string[],
    { base = `file://${this.directory}`, env = {} }: {
      readonly base?: string;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const script = `${this.directory}/${crypto.randomUUID()}.ts`;
    Deno.writeTextFileSync(
      script,
      `import { openShim, prepareShim } from "${base}/ffi/shim.ts";
      try {
        await prepareShim();
        console.log(openShim().cvm_clock_unix_us() > 0n ? "works" : "is broken");
      } catch (error) {
        console.log(error.code + ": " + error.message);
      }`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--no-prompt",
        "--no-lock",
        "--allow-import",
        "--config",
        `${this.directory}/deno.json`,
        ...flags,
        script,
      ],
      env: { XDG_CACHE_HOME: this.cache, DENO_DIR: await denoDirectory(), ...env },
    }).output();
    const text = new TextDecoder();
    return text.decode(stdout).trim() || text.decode(stderr);
  }

  /** Shims that were built, by the name of their directory. */
  built(): string[] {
    return [...Deno.readDirSync(`${this.cache}/cvmmap-streamer`)].map(({ name }) => {
      const files = [...Deno.readDirSync(`${this.cache}/cvmmap-streamer/${name}`)];
      assert.deepEqual(files.map((file) => file.name), ["libcvmmap_shim.so"]);
      return name;
    });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** Where Deno keeps packages; it would look for them in the cache that a test makes. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("prepareShim builds the shim once, also when two begin at the same time", async () => {
  using elsewhere = new Elsewhere();
  const both = await Promise.all([elsewhere.prepare(TO_BUILD), elsewhere.prepare(TO_BUILD)]);
  assert.deepEqual(both, ["works", "works"]);
  assert.equal(elsewhere.built().length, 1);
  // What is there needs neither a compiler nor the permission to run one.
  assert.equal(await elsewhere.prepare(ALLOWED), "works");

  Deno.writeTextFileSync(`${elsewhere.directory}/native/clock.h`, "\n", { append: true });
  assert.match(await elsewhere.prepare(ALLOWED), /^missing_permission: /);
  assert.equal(await elsewhere.prepare(TO_BUILD), "works");
  assert.equal(elsewhere.built().length, 2);
});

Deno.test("prepareShim builds the shim of a module that was imported from afar", async () => {
  using elsewhere = new Elsewhere();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = `${elsewhere.directory}${new URL(request.url).pathname}`;
      const type = path.endsWith(".ts") ? "application/typescript" : "application/json";
      return new Response(await Deno.readFile(path), { headers: { "content-type": type } });
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  assert.equal(await elsewhere.prepare(TO_BUILD, { base }), "works");
  assert.equal(elsewhere.built().length, 1);
  // The sources at an address do not change: nothing is fetched for a second time.
  assert.equal(await elsewhere.prepare(ALLOWED, { base }), "works");
});

Deno.test("prepareShim says what it lacks, and what to do", async () => {
  using elsewhere = new Elsewhere();
  assert.match(
    await elsewhere.prepare(TO_BUILD, { env: { PATH: "/nowhere" } }),
    /^shim_not_built: Cannot build the native shim: there is no C compiler \(cc\): install gcc libc6-dev \(Debian, Ubuntu\)/,
  );
  assert.match(
    await elsewhere.prepare(ALLOWED),
    /^missing_permission: Cannot build the native shim: Requires (run|write) access .*--allow-run=cc/,
  );
  assert.match(
    await elsewhere.prepare(TO_BUILD, { env: { CC: "false" } }),
    /^shim_not_built: .*false says: exit code 1/,
  );
  const shim = { CVMMAP_SHIM: `${elsewhere.directory}/nothing.so` };
  assert.match(
    await elsewhere.prepare(TO_BUILD, { env: shim }),
    /^missing_shim: .*nothing\.so: cannot open shared object file.*CVMMAP_SHIM/,
  );
  assert.match(await elsewhere.prepare(["--allow-read"]), /^missing_permission: .*--allow-ffi/);
});

Deno.test("CVMMAP_SHIM names the shim", async () => {
  using elsewhere = new Elsewhere();
  const built = fileURLToPath(new URL("native/build/libcvmmap_shim.so", ROOT));
  assert.equal(await elsewhere.prepare(ALLOWED, { env: { CVMMAP_SHIM: built } }), "works");
});
