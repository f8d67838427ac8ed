/** Names and files that only this test uses, and that go away with it. */
export class Workspace implements Disposable {
  /** A new directory. */
  readonly directory: string = Deno.makeTempDirSync({ prefix: "cvmmap_harness_" });
  /** Name of a shared memory segment. */
  readonly shmName: string = `cvmmap_harness_${crypto.randomUUID()}`;
  /** Where that segment is, while it exists. */
  readonly shmPath: string = `/dev/shm/${this.shmName}`;
  /** Where the ZeroMQ socket is, while it is bound. */
  readonly zmqPath: string = this.path("sync");
  /** A ZeroMQ endpoint. */
  readonly zmqEndpoint: string = `ipc://${this.zmqPath}`;

  /** A file of the directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Whether there is a file. */
  has(path: string): boolean {
    try {
      Deno.statSync(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Removes it all, even what a killed producer has left. */
  [Symbol.dispose](): void {
    if (this.has(this.shmPath)) Deno.removeSync(this.shmPath);
    Deno.removeSync(this.directory, { recursive: true });
  }
}
