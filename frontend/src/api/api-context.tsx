import { createContext, useContext } from "react";
import type { ApiClient } from "./client";

const ApiContext = createContext<ApiClient | undefined>(undefined);

export const ApiProvider = ApiContext.Provider;

/** The client of everything below the provider. */
export function useApi(): ApiClient {
  const client = useContext(ApiContext);
  if (client === undefined) throw new Error("no ApiProvider is above");
  return client;
}
