import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";

/** `deployment.json`: what runs from a state directory. It is there while something does, or after a crash. */
const Deployed = z.object({
  name: z.string(),
  pid: z.number().int(),
  /** The directory of its sockets; of one that crashed, rubbish. */
  sockets: z.string(),
  /** Where it answers questions; null: it is still starting. */
  control: z.string().nullable(),
  startedAt: z.string(),
  topology: z.unknown(),
});
export type Deployed = z.infer<typeof Deployed>;

export async function writeDeployment(directory: string, deployed: Deployed): Promise<void> {
  const path = stateFile(directory);
  await writeFile(`${path}.next`, `${JSON.stringify(deployed, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.next`, path);
}

/** null: nothing runs there, and nothing has crashed there. */
export async function readDeployment(directory: string): Promise<Deployed | null> {
  try {
    return Deployed.parse(JSON.parse(await readFile(stateFile(directory), "utf8")));
  } catch {
    return null;
  }
}

/** Removes the state and the sockets that it names. */
export async function forgetDeployment(directory: string): Promise<void> {
  const deployed = await readDeployment(directory);
  // A name read from a file is not enough to remove a tree: it must look like one that we made.
  if (deployed !== null && /^seamline-\w{6}$/.test(basename(deployed.sockets)))
    await rm(deployed.sockets, { recursive: true, force: true });
  await rm(stateFile(directory), { force: true });
}

/** All state directories directly below a root that have a deployment. */
export async function deploymentsBelow(root: string): Promise<{ directory: string; deployed: Deployed }[]> {
  const names = await readdir(root).catch(() => []);
  const found = names
    .sort((a, b) => a.localeCompare(b))
    .map(async (name) => {
      const directory = join(root, name);
      return { directory, deployed: await readDeployment(directory) };
    });
  return (await Promise.all(found)).filter(
    (each): each is { directory: string; deployed: Deployed } => each.deployed !== null,
  );
}

/** Where one of an app's programs keeps what is its own. */
export function programDirectory(directory: string, program: string): string {
  return join(directory, "programs", program);
}

function stateFile(directory: string): string {
  return join(directory, "deployment.json");
}
