// Runs inside QuickJS before any author code. Nothing of the host is reachable except the functions in `host`, which
// check everything that they are given; author code does not get hold of `host` itself.
const { host, maxSegments } = module.given;

const loaded = new Map();
let replacements;

const makeModule = (id) => {
  const module = { exports: {} };
  const requireFrom = (request) => load(host.resolve(id, String(request)), id);
  host.compile(id).call(module.exports, module.exports, requireFrom, module);
  return module;
};

// A million segments would be refused only after minutes of work: say so before it begins.
const withSegmentLimit =
  (make) =>
  (options, ...rest) => {
    if (options && options.segments > maxSegments) host.refuseSegments(Number(options.segments));
    return make(options, ...rest);
  };

const loadEngine = (id) => {
  const replacement = replacements?.[id];
  let original;
  const getOriginal = () => (original ??= makeModule(id).exports);
  const exported = replacement ? replacement(getOriginal, (other) => load(other, id)) : getOriginal();
  const takesSegments = /^jscad:(primitives|operations\/(extrusions|expansions))\/\w+\.js$/.test(id);
  return takesSegments && typeof exported === 'function' ? withSegmentLimit(exported) : exported;
};

// Names that any program asks of any object, which must not count as a misspelt JSCAD function.
const ASKED_OF_ANYTHING = new Set([
  'then',
  'toJSON',
  '__esModule',
  'default',
  'constructor',
  'prototype',
  'length',
  'name',
]);

const namingWhatIsMissing = (namespace, title) =>
  new Proxy(namespace, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target) && !ASKED_OF_ANYTHING.has(key)) {
        throw new Error(
          `${title} has nothing called "${key}". Check the spelling, or the version of @jscad/modeling.`,
        );
      }
      const value = target[key];
      if (title !== '@jscad/modeling' || value === null || typeof value !== 'object') return value;
      return namingWhatIsMissing(value, `${title}.${String(key)}`);
    },
  });

function load(id, from) {
  const known = loaded.get(id);
  if (known) {
    if (known.partial) return known.partial.exports;
    return isAuthor(from) && known.shown ? known.shown : known.exports;
  }
  const entry = { partial: { exports: {} }, exports: undefined, shown: undefined };
  loaded.set(id, entry);
  if (id.startsWith('jscad:')) {
    entry.exports = loadEngine(id);
    if (id === 'jscad:index.js') entry.shown = namingWhatIsMissing(entry.exports, '@jscad/modeling');
  } else {
    entry.exports = runAuthorModule(id, entry.partial);
  }
  entry.partial = undefined;
  return isAuthor(from) && entry.shown ? entry.shown : entry.exports;
}

function runAuthorModule(id, module) {
  const requireFrom = (request) => load(host.resolve(id, String(request)), id);
  host.compile(id).call(module.exports, module.exports, requireFrom, module);
  return module.exports;
}

const isAuthor = (id) => !id.startsWith('jscad:');

const solidsModule = { exports: {}, given: { host, load: (id) => load(id, 'jscad:') } };
host.compile('guest:solids.js')(solidsModule);
const solids = solidsModule.exports;
replacements = solids.replacements;

const loadDesign = (entryId) => {
  const design = load(entryId, 'host:');
  const main = typeof design === 'function' ? design : design?.main;
  if (typeof main !== 'function') host.refuseMain();
  return { main, describe: typeof design === 'function' ? undefined : design.getParameterDefinitions };
};

module.exports = {
  definitions(entryId) {
    const { describe } = loadDesign(entryId);
    const list = typeof describe === 'function' ? describe() : [];
    return JSON.stringify(list ?? []) ?? '[]';
  },
  run(entryId, parameters) {
    const shapes = loadDesign(entryId).main(JSON.parse(parameters));
    return JSON.stringify(solids.describeShapes(shapes));
  },
};
