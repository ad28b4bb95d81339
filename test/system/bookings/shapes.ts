import { topology, type App, type Topology } from "seamline";
import { long } from "../../suites/long.ts";

/** Modules that a booking needs. What only hears of one shares a process and a server where not everything is tried. */
const takingPart = ["accounts", "availability", "bookings", "listings", "payments"];

/** The topologies under which bookings are tried: all in one, all apart, and something in between. */
export const shapes = {
  monolith: (app: App): Topology => topology({ processes: { stay: { modules: partsOf(app), port: 0 } } }),
  microservices(app: App): Topology {
    const apart = long ? partsOf(app) : takingPart;
    const rest = partsOf(app).filter((part) => !apart.includes(part));
    const alone = apart.map((part) => [part, { modules: [part], ...(isAnswering(app, part) && { port: 0 }) }]);
    return topology({
      processes: { ...Object.fromEntries(alone), ...(rest.length > 0 && { rest: { modules: rest, port: 0 } }) },
      ...(long
        ? { data: "server-per-module" }
        : { servers: Object.fromEntries(takingPart.map((module) => [module, [module]])) }),
    });
  },
  mixed(app: App): Topology {
    const apart = ["availability", "bookings", "payments"];
    return topology({
      processes: {
        rest: { modules: partsOf(app).filter((part) => !apart.includes(part)), port: 0 },
        nights: { modules: ["availability", "bookings"] },
        money: { modules: ["payments"], port: 0 },
      },
      data: "pool-per-module",
    });
  },
} as const;

export type Shape = keyof typeof shapes;

function partsOf(app: App): string[] {
  return [...Object.keys(app.modules), ...Object.keys(app.pages)];
}

/** The provider calls payments back over HTTP. */
function isAnswering(app: App, part: string): boolean {
  return part in app.pages || part === "payments";
}
