// The script that ends docs/api.md, by a client generated from the description: a webhook is set up,
// an order placed, and its invoice downloaded once the webhook has told that the order has moved.
// The public library of Standard Webhooks verifies what is posted. PANEL, TOKEN and CLIENT are those
// of the script there.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";

import createClient from "openapi-fetch";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

import type { components, paths } from "./panel.js";
import { receiving } from "./receiver.mjs";

type Problem = components["schemas"]["ProblemAnswer"];
type Body = components["schemas"]["PlaceBody"];
// as docs/webhooks.md shows it
type Told = { type: string; data: { order: { id: number } | null } | null };

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

const receiver = await receiving();
const made = told(
  await panel.POST("/api/v1/webhooks", {
    params: { header: once() },
    body: {
      provider: "nordvik",
      title: "order.mts",
      url: receiver.url,
      kinds: ["order.placed", "order.moved"],
    },
  }),
);
const ofHook = { endpoint_id: made.webhook.id };
// for a day, messages are signed with both
const replaced = told(
  await panel.POST("/api/v1/webhooks/{endpoint_id}/secret", {
    params: { path: ofHook, header: once() },
  }),
);

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

const events: Told[] = [];
while (!events.some((one) => one.type === "order.moved" && one.data?.order?.id === orderId)) {
  const { body, headers } = await receiver.next();
  for (const secret of [made.secret, replaced.secret]) {
    events.push(new Webhook(secret).verify(body, headers) as Told);
  }
  const forged = body.replace(`"id":${orderId}`, `"id":${orderId + 1}`);
  assert.notEqual(forged, body);
  assert.throws(() => new Webhook(made.secret).verify(forged, headers), WebhookVerificationError);
}
assert.equal(events[0]!.type, "order.placed");
console.log(`${events.length} signatures verified`);
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

told(
  await panel.DELETE("/api/v1/webhooks/{endpoint_id}", {
    params: { path: ofHook, header: once() },
  }),
);
receiver.close();
