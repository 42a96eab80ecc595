/** The providers that this service can ask, by name. */
import { mockProvider } from "./mock.ts";
import type { ProviderRegistry } from "./provider.ts";

export const PROVIDERS: ProviderRegistry = { [mockProvider.name]: mockProvider };
