/**
 * CPU time and allocations of one Worker's isolate, by its inspector. The emulator's Workers have isolates
 * of their own, so neither figure has anything of them in it.
 */
import { once } from "node:events";
import { z } from "zod";

/** The time between two samples of the CPU. */
const CPU_EVERY_US = 200;
/** Bytes between two samples of allocations, on average. */
const HEAP_EVERY_BYTES = 4_096;
/** In these nodes of a profile the isolate did nothing. */
const IDLE = new Set(["(idle)", "(root)"]);

const answerSchema = z.object({
  id: z.int(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

const cpuSchema = z.object({
  profile: z.object({
    nodes: z.array(z.object({ id: z.int(), callFrame: z.object({ functionName: z.string() }) })),
    samples: z.array(z.int()),
  }),
});

interface HeapNode {
  selfSize: number;
  children: HeapNode[];
}
const heapNodeSchema: z.ZodType<HeapNode> = z.object({
  selfSize: z.number(),
  children: z.lazy(() => z.array(heapNodeSchema)),
});
const heapSchema = z.object({ profile: z.object({ head: heapNodeSchema }) });

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: z.infer<typeof answerSchema>) => void>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = answerSchema.safeParse(JSON.parse(String(data)));
      if (!answer.success) return;
      this.#waiting.get(answer.data.id)?.(answer.data);
      this.#waiting.delete(answer.data.id);
    });
  }

  /** Attaches to a Worker. @param url of the runtime's inspector */
  static async attach(url: URL, worker: string): Promise<Inspector> {
    const socket = new WebSocket(new URL(`/core:user:${worker}`, url));
    await once(socket, "open");
    const inspector = new Inspector(socket);
    await inspector.#call("Profiler.enable", {});
    await inspector.#call("Profiler.setSamplingInterval", { interval: CPU_EVERY_US });
    await inspector.#call("HeapProfiler.enable", {});
    return inspector;
  }

  /** The CPU time of the isolate during some work, its garbage collection included, in ms. */
  async cpuMs(work: () => Promise<void>): Promise<number> {
    await this.#call("Profiler.start", {});
    await work();
    const { profile } = cpuSchema.parse(await this.#call("Profiler.stop", {}));
    const idle = new Set(
      profile.nodes.filter(({ callFrame }) => IDLE.has(callFrame.functionName)).map(({ id }) => id),
    );
    // Samples are counted, because there are none while another isolate has the thread: the time between
    // two of them would be that one's.
    const busy = profile.samples.filter((node) => !idle.has(node));
    return (busy.length * CPU_EVERY_US) / 1000;
  }

  /** The bytes that the isolate allocated during some work, whether they were freed or not. */
  async allocatedBytes(work: () => Promise<void>): Promise<number> {
    await this.#call("HeapProfiler.startSampling", {
      samplingInterval: HEAP_EVERY_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await work();
    const { profile } = heapSchema.parse(await this.#call("HeapProfiler.stopSampling", {}));
    return bytesIn(profile.head);
  }

  close(): void {
    this.#socket.close();
  }

  async #call(method: string, params: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#calls;
    const answer = await new Promise<z.infer<typeof answerSchema>>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }
}

function bytesIn({ selfSize, children }: HeapNode): number {
  return children.reduce((sum, child) => sum + bytesIn(child), selfSize);
}
