import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { typescript } from '../support/typescript.js';

const LIBRARY = fileURLToPath(new URL('../../../../../../webapp/parley/', import.meta.url));
/** Methods that a declaration overloads by type, and that the code inherits from EventTarget. */
const TYPED_FORMS = new Set(['addEventListener', 'removeEventListener']);
const ts = typescript();
const files = readdirSync(LIBRARY, { recursive: true }).map((file) => join(LIBRARY, String(file)));

/**
 * The library and these files, checked as strictly as TypeScript can, for browsers.
 * @param {string[]} names
 */
function programOf(names) {
  return ts.createProgram(names, {
    allowJs: true,
    checkJs: true,
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  });
}

/** @param {any} program */
function problemsOf(program) {
  const host = { getCurrentDirectory: () => LIBRARY, getCanonicalFileName: String, getNewLine: () => '\n' };
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}

const declared = files.filter((file) => file.endsWith('.d.ts'));
const program = programOf([...files.filter((file) => file.endsWith('.js')), ...declared]);
const checker = program.getTypeChecker();

it('the types in the comments of the library hold', () => {
  assert.equal(problemsOf(program), '');
});

it('a wrong type would be noticed', () => {
  const wrong = join(dirname(fileURLToPath(import.meta.url)), 'wrong-types.js');
  const problems = problemsOf(programOf([wrong]));
  assert.match(problems, /Argument of type 'number' is not assignable/);
  assert.match(problems, /Property 'raedyState' does not exist/);
  assert.match(problems, /'maxRetrys' does not exist in type 'SocketOptions'/);
  assert.match(problems, /Property 'code' does not exist on type 'MessageEvent/);
  assert.match(problems, /Property 'contnet' does not exist on type 'StoredMessage'/);
  assert.match(problems, /Argument of type '"mesage"' is not assignable/);
});

it('what the modules export says what it is for', () => {
  const silent = files.filter((file) => file.endsWith('.js')).flatMap((file) =>
    [...exportsOf(file).values()]
      .filter((symbol) => ts.getJSDocCommentsAndTags(symbol.valueDeclaration).length === 0)
      .map(({ name }) => `${file.slice(LIBRARY.length)}: ${name}`));
  assert.deepEqual(silent, []);
});

for (const file of declared) {
  const name = file.slice(LIBRARY.length, -'.d.ts'.length);
  const [promised, coded] = [`${name}.d.ts`, `${name}.js`].map((each) => exportsOf(join(LIBRARY, each)));

  describe(`${name}.d.ts`, () => {
    it('declares what the module exports', () => {
      assert.deepEqual([...promised.keys()].sort(), [...coded.keys()].sort());
    });

    it('describes all that it declares', () => {
      const silent = symbolsOf(file).filter((symbol) => symbol.getDocumentationComment(checker).length === 0);
      assert.deepEqual(silent.map((symbol) => symbol.name), []);
    });

    for (const [exported, symbol] of promised) {
      it(`declares ${exported} as it is`, () => {
        const code = coded.get(exported);
        assert.ok(code);
        assertSame(exported, checker.getTypeOfSymbol(symbol), checker.getTypeOfSymbol(code));
      });
    }
  });
}

/**
 * The classes, functions and constants that a file exports.
 * @param {string} file
 * @returns {Map<string, any>} symbols by name
 */
function exportsOf(file) {
  return new Map(symbolsOf(file)
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Value)
    .map((symbol) => [symbol.name, symbol]));
}

/**
 * All that a file exports, types too.
 * @param {string} file
 * @returns {any[]} symbols
 */
function symbolsOf(file) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  // A script exports nothing.
  return module === undefined ? [] : checker.getExportsOfModule(module).map((/** @type {any} */ symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
}

/**
 * Fails where the declaration promises something else than the code has.
 * @param {string} name
 * @param {any} promised
 * @param {any} code
 */
function assertSame(name, promised, code) {
  assertSameSignatures(name, promised.getCallSignatures(), code.getCallSignatures());
  const constructors = [promised, code].map((type) => type.getConstructSignatures());
  if (constructors[0].length === 0) return;
  if (isForApplications(constructors[0][0])) assertSameSignatures(`new ${name}`, constructors[0], constructors[1]);
  assertSameMembers(name, promised, code);
  assertSameMembers(`${name}.prototype`, constructors[0][0].getReturnType(), constructors[1][0].getReturnType());
}

/**
 * @param {string} name
 * @param {any} promised
 * @param {any} code
 */
function assertSameMembers(name, promised, code) {
  const names = [promised, code].map((type) => membersOf(type).map((/** @type {any} */ member) => member.name).sort());
  assert.deepEqual(names[0], names[1], name);
  for (const member of membersOf(promised)) {
    if (member.name === 'prototype' || TYPED_FORMS.has(member.name)) continue;
    const types = [member, code.getProperty(member.name)].map((each) => checker.getTypeOfSymbol(each));
    const signatures = types.map((type) => type.getCallSignatures());
    const label = `${name}.${member.name}`;
    if (signatures[0].length > 0) assertSameSignatures(label, signatures[0], signatures[1]);
    else assertSameType(label, types[0], types[1]);
  }
}

/**
 * The public members of a type.
 * @param {any} type
 */
function membersOf(type) {
  return checker.getPropertiesOfType(type).filter((/** @type {any} */ member) => !isPrivate(member)
    && !member.getJsDocTags().some((/** @type {any} */ { name }) => ['internal', 'protected'].includes(name)));
}

/**
 * Whether applications may use this constructor: of some classes they only get instances.
 * @param {any} constructor
 */
function isForApplications(constructor) {
  const declaration = constructor.getDeclaration();
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return declaration?.kind === ts.SyntaxKind.Constructor && !(ts.getCombinedModifierFlags(declaration) & hidden);
}

/** @param {any} member */
function isPrivate({ name }) {
  return name.startsWith('#');
}

/**
 * @param {string} name
 * @param {any[]} promised
 * @param {any[]} code
 */
function assertSameSignatures(name, promised, code) {
  assert.equal(promised.length, code.length, name);
  promised.forEach((signature, index) => {
    const parameters = [signature, code[index]].map((each) => each.getParameters());
    assert.equal(parameters[0].length, parameters[1].length, `Number of parameters of ${name}`);
    // Types that depend on one another are not comparable one by one.
    if (signature.getTypeParameters()) return;
    parameters[0].forEach((/** @type {any} */ parameter, /** @type {number} */ at) => {
      const types = [parameter, parameters[1][at]].map((each) => checker.getTypeOfSymbol(each));
      const label = `${name}(${parameter.name})`;
      assertSameType(label, types[0], types[1]);
      // Objects whose members are optional are assignable to one another, whatever these are.
      assert.deepEqual(...types.map((type) => optionsOf(type)), label);
    });
    if (name.startsWith('new ')) return;
    assertSameType(`${name}()`, signature.getReturnType(), code[index].getReturnType());
  });
}

/**
 * @param {string} name
 * @param {any} promised
 * @param {any} code
 */
function assertSameType(name, promised, code) {
  const isClass = checker.getPropertiesOfType(checker.getNonNullableType(code)).some(isPrivate);
  const texts = [promised, code].map((type) => checker.typeToString(type));
  const hasSameName = texts[0] === texts[1];
  // A class is compared by itself. With private members it has no other instances, not even those of its declaration.
  if (isClass && hasSameName) return;
  assertAssignable(name, code, promised);
  if (!hasSameName) assertAssignable(name, promised, code);
}

/** @param {any} type */
function optionsOf(type) {
  const object = checker.getNonNullableType(type);
  return object.isUnion() ? [] : membersOf(object).map((/** @type {any} */ { name }) => name).sort();
}

/**
 * @param {string} name
 * @param {any} from
 * @param {any} to
 */
function assertAssignable(name, from, to) {
  const texts = [from, to].map((type) => checker.typeToString(type));
  assert.ok(checker.isTypeAssignableTo(from, to), `${name}: ${texts[0]} is not ${texts[1]}`);
}
