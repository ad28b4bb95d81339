import { mediaModule } from "../shared/media/media.ts";

/** Pictures of houses. */
export default mediaModule({ modules: ["listings"] });
