/** The service's measures for Prometheus. */
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from "prom-client";

/**
 * @param waiting asked whenever the measures are read
 * @returns what takes the seconds that an image waited for its turn, and those from its turn to its judgement
 */
export function measure(
  app: FastifyInstance,
  registry: Registry,
  waiting: () => number,
): Record<"waited" | "judging", Histogram> {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: "oversight_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "oversight_request_seconds",
    help: "Time from a request's head to the end of its answer.",
    labelNames: ["route"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const waited = new Histogram({
    name: "oversight_wait_seconds",
    help: "Time that an image waited for its turn.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10],
    registers,
  });
  const judging = new Histogram({
    name: "oversight_judging_seconds",
    help: "Time from an image's turn to its judgement, decoding included.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  new Gauge({
    name: "oversight_requests_waiting",
    help: "Requests that are being read, wait, or are judged.",
    registers,
    collect() {
      this.set(waiting());
    },
  });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    requests.inc({ route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
  return { waited, judging };
}
