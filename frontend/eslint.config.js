import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const BARRELS = [
  { name: "@cloudscape-design/components", message: "Import each component by its own path." },
  { name: "aws-amplify/auth", message: "src/auth/cognito.ts alone knows Cognito." },
];
const SIZES = {
  "max-lines": ["error", { max: 400 }],
  "max-lines-per-function": ["error", { max: 200 }],
  complexity: ["error", 12],
};

export default tseslint.config(
  { ignores: ["dist", "artefacts", "src/api/generated/schema.d.ts", "public/mock-service-worker.js", "proto"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat.recommended,
      jsxA11y.flatConfigs.strict,
    ],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...SIZES,
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // A handler may be async where its component expects one that answers nothing.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "no-restricted-imports": ["error", { paths: BARRELS }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-console": "error",
    },
  },
  { files: ["src/auth/cognito.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["**/*.test.{ts,tsx}", "e2e/**"], rules: { "max-lines-per-function": "off" } },
  { files: ["scripts/*.mjs", "*.js"], languageOptions: { globals: globals.node }, rules: SIZES },
);
