import { setupServer } from "msw/node";

/** Plays the API for tests: the contract's examples, and before them what a test says by `server.use(answers(…))`. */
export const server = setupServer();
