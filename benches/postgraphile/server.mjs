// PostGraphile 5 as it comes, in one process: `node server.mjs <connection string> <settings>` says on which port it listens.
// Each request has the settings, as JSON, in PostgreSQL: whose it is, where policies ask for it.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

const pgSettings = JSON.parse(process.argv[3]);
const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.argv[2], schemas: ["public"], poolConfig: { max: 8 } })],
  // So that whatever a client asks for can be asked for here, too.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  grafast: { context: () => ({ pgSettings }) },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
};
const server = createServer();
server.on("error", (error) => { throw error; });
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// It ends with the program that started it.
process.stdin.resume().on("end", () => process.exit(0));
