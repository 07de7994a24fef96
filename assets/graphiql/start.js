const socket = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`;
const fetcher = GraphiQL.createFetcher({ url: '/graphql', subscriptionUrl: socket });
const defaultQuery = `# Sign in first: run SignIn, then write the token into the tab "Headers":
#   { "authorization": "Bearer …" }
# The demo accounts have the password tidepool-demo.

mutation SignIn {
  login(input: { email: "sales@tidepool.example", password: "tidepool-demo" }) {
    accessToken
    userErrors { message }
  }
}

query Pool {
  publicPool(first: 5) {
    totalCount
    edges { node { name industry claimability { claimable claimableAt } } }
  }
}
`;
const root = ReactDOM.createRoot(document.getElementById('graphiql'));
root.render(React.createElement(GraphiQL, { fetcher, defaultQuery, shouldPersistHeaders: false }));
