/** A temporary directory and unique names for one test. Disposal removes all of them. */
export class Workspace implements Disposable {
  /** Temporary directory. */
  readonly directory: string = Deno.makeTempDirSync({ prefix: "cvmmap_harness_" });
  /** Unique name for a shared memory segment. */
  readonly shmName: string = `cvmmap_harness_${crypto.randomUUID()}`;
  /** Path of that segment, while it exists. */
  readonly shmPath: string = `/dev/shm/${this.shmName}`;
  /** Path of the ZeroMQ socket, while it is bound. */
  readonly zmqPath: string = this.path("sync");
  /** ZeroMQ endpoint at {@linkcode zmqPath}. */
  readonly zmqEndpoint: string = `ipc://${this.zmqPath}`;

  /** Returns the path of a file in the directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Whether a file exists. */
  has(path: string): boolean {
    try {
      Deno.statSync(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Removes the directory, and the segment if a killed producer has left it. */
  [Symbol.dispose](): void {
    if (this.has(this.shmPath)) Deno.removeSync(this.shmPath);
    Deno.removeSync(this.directory, { recursive: true });
  }
}
