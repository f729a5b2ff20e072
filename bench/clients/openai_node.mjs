// OpenAI's Node client, unchanged: URL, key and base come as arguments; each check that passed is printed.
import OpenAI, { toFile } from "openai";

const [url, key, base] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: key });
const asked = { model: "desk", messages: [{ role: "user", content: "hello" }] };
const passed = [];

function check(name, holds) {
  if (!holds) throw new Error(`openai (Node): ${name} failed`);
  passed.push(name);
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
check("models", models.includes("desk"));
const plain = await client.chat.completions.create({ ...asked, seed: 0 });
check("chat", plain.choices[0].message.content === "A plain answer.");
let text = "", usage = null;
const stream = await client.chat.completions.create({
  ...asked, seed: 0, stream: true, stream_options: { include_usage: true } });
for await (const event of stream) {
  text += event.choices[0]?.delta?.content ?? "";
  usage = event.usage ?? usage;
}
check("stream", text === "A plain answer.");
check("usage", usage.completion_tokens > 0);
const schema = { type: "object", properties: { intent: { type: "string" } }, required: ["intent"] };
const formed = await client.chat.completions.create({
  ...asked, seed: 1, response_format: { type: "json_schema", json_schema: { name: "ticket", schema } } });
check("json_schema", JSON.parse(formed.choices[0].message.content).intent === "lost");
const tools = [{ type: "function", function: { name: "find", parameters: { type: "object" } } }];
const called = await client.chat.completions.create({ ...asked, seed: 2, tools });
check("tools", called.choices[0].message.tool_calls[0].function.name === "find");
try {
  await client.chat.completions.create({ ...asked, model: "nobody" });
} catch (error) {
  check("errors", error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
}
const row = { messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }] };
const file = await client.files.create({
  file: await toFile(Buffer.from(JSON.stringify(row)), "rows.jsonl"), purpose: "fine-tune" });
const job = await client.fineTuning.jobs.create({ model: base, training_file: file.id });
check("fine-tuning", (await client.fineTuning.jobs.cancel(job.id)).status === "cancelled");
check("files", (await client.files.delete(file.id)).deleted);
console.log(JSON.stringify(passed));
