import { moderationModule } from "../shared/moderation/moderation.ts";

/** What people can report on stay. */
export default moderationModule({ kinds: ["listing", "review"] });
