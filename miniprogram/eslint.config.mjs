// Rules for TypeScript and Vue, with those for uni-app as @uni-helper/eslint-config has them. How code
// is laid out is Prettier's alone.
import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import regexp from 'eslint-plugin-regexp'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

/** What the platforms of uni-app give to every script. */
const PLATFORM = { uni: 'readonly', wx: 'readonly', getCurrentPages: 'readonly', requirePlugin: 'readonly' }
/** What scripts/shell.mjs puts into shell/. */
const GIVEN = { __GIVEN__: 'readonly', __RELEASE__: 'readonly' }
const NODE = ['*.{mjs,ts}', 'scripts/**', 'tests/**']

export default ts.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.recommended,
  vue.configs['flat/recommended'],
  regexp.configs['flat/recommended'],
  prettier,
  { languageOptions: { globals: { ...globals.browser, ...PLATFORM } } },
  { files: ['shell/*.js'], languageOptions: { globals: { ...globals.serviceworker, ...GIVEN } } },
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-else-return': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
      // A group that only joins alternatives is written (a|b).
      'regexp/no-unused-capturing-group': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['**/*.vue'],
    rules: {
      // As @uni-helper/eslint-config: components are named as they are imported, events as they are emitted.
      'vue/component-name-in-template-casing': 'off',
      'vue/component-options-name-casing': 'off',
      'vue/custom-event-name-casing': 'off',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-macros-order': ['error', { order: ['defineOptions', 'defineModel', 'defineProps', 'defineEmits'] }],
      'vue/eqeqeq': 'error',
      'vue/multi-word-component-names': 'off',
      // A dialog forgets the refusal of the action that it is given.
      'vue/no-mutating-props': ['error', { shallowOnly: true }],
      'vue/no-unused-refs': 'error',
      'vue/object-shorthand': 'error',
      'vue/prefer-separate-static-class': 'error',
      'vue/prefer-template': 'error',
      'vue/require-default-prop': 'off',
    },
  },
  { files: NODE, languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
  // The simulator is of CommonJS.
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
)
