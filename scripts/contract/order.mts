// The script that ends docs/api.md, by a client generated from the description:
// an order is placed, followed until its invoice is issued, and that is downloaded.
// PANEL, TOKEN and CLIENT are those of the script there.
import { writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

import createClient from "openapi-fetch";

import type { components, paths } from "./panel.js";

type Problem = components["schemas"]["ProblemAnswer"];
type Body = components["schemas"]["PlaceBody"];
type Events = components["schemas"]["EventsAnswer"];

const { PANEL = "", TOKEN = "", CLIENT = "" } = process.env;
const clientId = Number(CLIENT);
const panel = createClient<paths>({
  baseUrl: PANEL,
  headers: { Authorization: `Bearer ${TOKEN}` },
});

/** What was answered; a refusal ends the script with its code. */
function told<T>(answer: { data?: T; error?: Problem }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  }
  return answer.data;
}

/** A key of the request's own, so that it is safe to repeat. */
const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

/** As JSON; the same address streams them to whoever asks for that. */
const eventsAfter = async (after: string) =>
  told(await panel.GET("/api/v1/events", { params: { query: { after, limit: 200 } } })) as Events;

let events = await eventsAfter("0");
while (events.next_cursor !== null) {
  events = await eventsAfter(events.next_cursor);
}

const lines: Body["lines"] = [{ tariff: "web-start", period: "1 month" }];
const path = { client_id: clientId };
const quote = told(
  await panel.POST("/api/v1/clients/{client_id}/quote", {
    params: { path },
    body: { lines, provider: "nordvik" },
  }),
);
const placed = told(
  await panel.POST("/api/v1/clients/{client_id}/orders", {
    params: { path, header: once() },
    body: {
      lines,
      provider: "nordvik",
      payment_method: "bank_transfer",
      expected_total: quote.total,
    },
  }),
);
const orderId = placed.orders[0]!.id;
console.log(`order ${orderId} placed`);

const ofOrder = { order_id: orderId };
told(
  await panel.POST("/api/v1/orders/{order_id}/payments", {
    params: { path: ofOrder, header: once() },
    body: { method: "bank_transfer", reference: "statement 7" },
  }),
);

const moved = () =>
  events.items.some((one) => one.kind === "order.moved" && one.subject.id === orderId);
events = await eventsAfter(events.cursor);
while (!moved()) {
  await wait(1000);
  events = await eventsAfter(events.cursor);
}
const order = told(await panel.GET("/api/v1/orders/{order_id}", { params: { path: ofOrder } }));
console.log(`order ${orderId} is ${order.status}`);

const invoices = told(
  await panel.GET("/api/v1/documents", {
    params: { query: { kind: "invoice", client: clientId } },
  }),
);
const invoice = invoices.items.find((one) => one.orders.includes(orderId))!;
const file = await panel.GET("/api/v1/documents/{document_id}.pdf", {
  params: { path: { document_id: invoice.id } },
  parseAs: "arrayBuffer",
});
await writeFile(`invoice-${invoice.id}.pdf`, Buffer.from(told(file as { data?: ArrayBuffer })));
console.log(`invoice-${invoice.id}.pdf downloaded`);
