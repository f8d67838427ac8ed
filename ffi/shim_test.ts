import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SHIM_SOURCES } from "./shim_build.ts";

const ROOT = new URL("../", import.meta.url);
const IMPORTS = "ffi/environment.ts ffi/libc.ts ffi/library.ts ffi/memory_file.ts ffi/shim.ts " +
  "ffi/shim_build.ts ffi/shim_symbols.ts ffi/udp.ts src/errors.ts deno.json deno.lock";

/** Permissions of a program that imports the module. */
const ALLOWED = ["--allow-ffi", "--allow-read", "--allow-env=HOME,XDG_CACHE_HOME,CVMMAP_SHIM,CC"];
/** The same, and those to build the shim. */
const TO_BUILD = [...ALLOWED, "--allow-write", "--allow-run=cc,false", "--allow-net=127.0.0.1"];

/** A copy of the module without a built shim, and an empty cache. */
class ModuleCopy implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "cvmmap_shim_" });
  readonly cache = `${this.directory}/cache`;

  constructor() {
    const files = [...IMPORTS.split(" "), ...SHIM_SOURCES.map((name) => `native/${name}`)];
    for (const directory of ["ffi", "src", "native"]) {
      Deno.mkdirSync(`${this.directory}/${directory}`);
    }
    for (const file of files) Deno.copyFileSync(new URL(file, ROOT), `${this.directory}/${file}`);
  }

  /** Prepares the shim in a separate process and calls one of its functions. */
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

  /** Returns the directories of the shims that were built. */
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

/** Returns Deno's package cache, which it would otherwise look for in the test's cache. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("prepareShim builds the shim once, even if two processes start at the same time", async () => {
  using module = new ModuleCopy();
  const both = await Promise.all([module.prepare(TO_BUILD), module.prepare(TO_BUILD)]);
  assert.deepEqual(both, ["works", "works"]);
  assert.equal(module.built().length, 1);
  // With a built shim neither a compiler nor the permission to run one is needed.
  assert.equal(await module.prepare(ALLOWED), "works");

  Deno.writeTextFileSync(`${module.directory}/native/clock.h`, "\n", { append: true });
  assert.match(await module.prepare(ALLOWED), /^missing_permission: /);
  assert.equal(await module.prepare(TO_BUILD), "works");
  assert.equal(module.built().length, 2);
});

Deno.test("prepareShim builds the shim of a module that was imported from a URL", async () => {
  using module = new ModuleCopy();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = `${module.directory}${new URL(request.url).pathname}`;
      const type = path.endsWith(".ts") ? "application/typescript" : "application/json";
      return new Response(await Deno.readFile(path), { headers: { "content-type": type } });
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}`;
  assert.equal(await module.prepare(TO_BUILD, { base }), "works");
  assert.equal(module.built().length, 1);
  // The sources at a URL do not change, so nothing is fetched again.
  assert.equal(await module.prepare(ALLOWED, { base }), "works");
});

Deno.test("prepareShim reports what is missing and what to do", async () => {
  using module = new ModuleCopy();
  assert.match(
    await module.prepare(TO_BUILD, { env: { PATH: "/nowhere" } }),
    /^shim_not_built: Cannot build the native shim: there is no C compiler \(cc\): install gcc libc6-dev \(Debian, Ubuntu\)/,
  );
  assert.match(
    await module.prepare(ALLOWED),
    /^missing_permission: Cannot build the native shim: Requires (run|write) access .*--allow-run=cc/,
  );
  assert.match(
    await module.prepare(TO_BUILD, { env: { CC: "false" } }),
    /^shim_not_built: .*false failed: exit code 1/,
  );
  const shim = { CVMMAP_SHIM: `${module.directory}/nothing.so` };
  assert.match(
    await module.prepare(TO_BUILD, { env: shim }),
    /^missing_shim: .*nothing\.so: cannot open shared object file.*CVMMAP_SHIM/,
  );
  assert.match(await module.prepare(["--allow-read"]), /^missing_permission: .*--allow-ffi/);
});

Deno.test("CVMMAP_SHIM sets the path of the shim", async () => {
  using module = new ModuleCopy();
  const built = fileURLToPath(new URL("native/build/libcvmmap_shim.so", ROOT));
  assert.equal(await module.prepare(ALLOWED, { env: { CVMMAP_SHIM: built } }), "works");
});
