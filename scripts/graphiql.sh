#!/bin/sh
# Writes assets/graphiql anew: the files of GraphiQL that the server serves, as npm has them, compressed with gzip.
set -eu
cd "$(dirname "$0")/../assets/graphiql"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

# take PACKAGE VERSION FILE NAME
take() {
    tarball=$(cd "$folder" && npm pack --silent "$1@$2")
    tar -xzf "$folder/$tarball" -C "$folder"
    gzip -9 -n -c "$folder/package/$3" >"$4.gz"
    { echo "$1 $2"; echo; cat "$folder/package/LICENSE"; echo; } >>"$folder/licences"
    rm -rf "$folder/package"
}
take graphiql 3.8.3 graphiql.min.js graphiql.js
take graphiql 3.8.3 graphiql.min.css graphiql.css
take react 18.3.1 umd/react.production.min.js react.js
take react-dom 18.3.1 umd/react-dom.production.min.js react-dom.js
mv "$folder/licences" LICENCES
