interface ImportMetaEnv {
  /** Whether the console plays without any backend. */
  readonly VITE_MOCKED: boolean;
}

interface ImportMeta {
  readonly env: ImportMetaEnv;
}
