import { describe, expect, test } from 'vitest'
import { checkAcceptedEnvVars, checkEnvVars } from './env-vars.ts'

/** Each of these makes some program run, load, read or believe what whoever sets it wants. */
const steering = `
  PATH HOME IFS ENV BASH_ENV SHELLOPTS PS4 PROMPT_COMMAND CDPATH ZDOTDIR TMPDIR LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
  DYLD_INSERT_LIBRARIES GCONV_PATH GLIBC_TUNABLES MALLOC_TRACE LOCPATH NLSPATH TERMINFO HOSTALIASES RES_OPTIONS
  NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NPM_CONFIG_REGISTRY npm_config_script_shell
  PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONWARNINGS PYTHONINSPECT PIP_INDEX_URL VIRTUAL_ENV UV_INDEX_URL
  PERL5OPT PERL5LIB PERL5DB RUBYOPT RUBYLIB GEM_HOME BUNDLE_GEMFILE JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS
  CLASSPATH LUA_INIT LUA_PATH LUA_CPATH_5_4 PHPRC PHP_INI_SCAN_DIR R_PROFILE R_ENVIRON TCLLIBPATH AWKPATH
  DOTNET_STARTUP_HOOKS CORECLR_PROFILER GOFLAGS GOPROXY CARGO_HOME RUSTC_WRAPPER RUSTFLAGS MAKEFLAGS MAKEFILES CC CFLAGS
  GIT_SSH_COMMAND GIT_CONFIG_COUNT GIT_EXEC_PATH SSH_ASKPASS SSH_AUTH_SOCK TAR_OPTIONS GZIP LESSOPEN PAGER EDITOR VISUAL
  MANPAGER BROWSER HTTP_PROXY https_proxy ALL_PROXY no_proxy SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE CURL_HOME
  OPENSSL_CONF OPENSSL_ENGINES AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_ENDPOINT_URL GOOGLE_APPLICATION_CREDENTIALS KUBECONFIG
  DOCKER_HOST PGHOST PGSERVICEFILE PSQLRC MYSQL_HOME KRB5_CONFIG GNUPGHOME XDG_CONFIG_HOME SSLKEYLOGFILE NETRC
  ATTUNE_API_TOKEN ATTUNE_API_URL ATTUNE__SECURITY__JWT_SECRET ATTUNE_CONTEXT_X attune_api_url Path`
  .trim()
  .split(/\s+/)
const unnameable = [
  '1A',
  'a-b',
  'A=B',
  'BASH_FUNC_ls%%',
  '',
  ' DEBUG',
  'DEBUG\n',
  'ＰＡＴＨ',
  'x'.repeat(129),
]

describe('an action', () => {
  test.each([...steering, ...unnameable])('may not declare %j', (name) => {
    expect(checkAcceptedEnvVars(['DEBUG', name])).toEqual([
      { field: 'accepted_env_vars[1]', message: expect.any(String) },
    ])
  })

  test('may declare what steers nothing', () => {
    const names = [
      'DEBUG',
      'LOG_LEVEL',
      'REGION',
      'DRY_RUN',
      'TZ',
      'LANG',
      'LC_ALL',
      'BUILD_ID',
      'STAGE',
      '_x',
    ]

    expect(checkAcceptedEnvVars(names)).toEqual([])
    expect(checkAcceptedEnvVars(undefined)).toEqual([])
  })
})

describe('env_vars of an execution', () => {
  test.each([...steering, ...unnameable])('may not name %j, even where a row declares it', (name) => {
    expect(checkEnvVars({ [name]: 'x' }, [name])).toEqual([
      { field: `env_vars.${name}`, message: expect.any(String) },
    ])
  })

  test('are those that the action declares, as it spells them', () => {
    const problems = checkEnvVars({ DEBUG: '1', debug: '1', LEVEL: '2', constructor: 'x' }, ['DEBUG'])

    expect(problems.map(({ field }) => field)).toEqual([
      'env_vars.debug',
      'env_vars.LEVEL',
      'env_vars.constructor',
    ])
    expect(problems[0]?.message).toContain('declare it in accepted_env_vars of the action')
  })

  test('must be text without NUL', () => {
    const names = ['A', 'B', 'C', 'D', 'E']

    expect(
      checkEnvVars({ A: 1, B: null, C: 'a\0', D: 'good', E: '' }, names).map(({ field }) => field),
    ).toEqual(['env_vars.A', 'env_vars.B', 'env_vars.C'])
  })
})
