type Handover = { cli_redirect_uri: string; login: string; fields: Readonly<Record<string, string>> }

/**
 * The page from which a browser hands a session to the command line on the same machine. It waits for a click: a link
 * on any page leads here, and no link shall be enough to give a session away.
 */
export function cliPage({ cli_redirect_uri, login, fields }: Handover): {
  html: string
  headers: Record<string, string>
} {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Attune: log in to the command line</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.5rem 1rem}</style>
<h1>Log in to the command line</h1>
<p>The command line on this computer (${escaped(new URL(cli_redirect_uri).host)}) asks for a session as <strong>${escaped(login)}</strong>.</p>
<form method="post" action="${escaped(cli_redirect_uri)}">
${inputs.join('\n')}
<button>Log in</button>
</form>
<p>If you did not start <code>attune login --sso</code>, close this page.</p>
</html>
`
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${targetOf(cli_redirect_uri)}; frame-ancestors 'none'; base-uri 'none'`,
    },
  }
}

/** The policy knows no IPv6 addresses. */
function targetOf(cli_redirect_uri: string): string {
  const { origin, hostname } = new URL(cli_redirect_uri)
  return hostname.startsWith('[') ? 'http:' : origin
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
