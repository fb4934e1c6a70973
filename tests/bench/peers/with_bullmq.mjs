// BullMQ: PORT MANY prints how many jobs that do nothing one worker gets done in a second. Run where bullmq is installed.
import { Queue, Worker } from "bullmq";
import IORedis from "ioredis";

const [port, many] = process.argv.slice(2).map(Number);
const connection = new IORedis(port, "127.0.0.1", { maxRetriesPerRequest: null });
const name = `nothing-${Date.now()}`;
await new Queue(name, { connection }).addBulk(Array.from({ length: many }, () => ({ name: "nothing", data: {} })));
const began = performance.now();
await new Promise((all) => {
  let done = 0;
  const worker = new Worker(name, async () => {}, { connection, concurrency: 50 });
  worker.on("completed", () => ++done === many && all());
});
console.log(many / ((performance.now() - began) / 1000));
process.exit(0);
