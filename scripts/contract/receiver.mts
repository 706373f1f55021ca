// A receiver of webhooks on this machine: what is posted, as it came.
import { on } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Posted {
  body: string;
  headers: Record<string, string>;
}

/** It listens; `next` waits a minute at most for what is posted next. */
export async function receiving() {
  const server = createServer();
  const requests = on(server, "request", { signal: AbortSignal.timeout(60_000) });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    async next(): Promise<Posted> {
      const [request, response] = (await requests.next()).value;
      const body = await text(request);
      response.writeHead(204).end();
      return { body, headers: request.headers };
    },
    close: () => server.close(),
  };
}
