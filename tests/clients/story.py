"""Tells the story of the pool with gql for Python: python story.py http://127.0.0.1:8000/graphql

Like clients.mjs, it needs demo data whose settings nobody has changed, and leaves them as they were.
"""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportError
from gql.transport.websockets import WebsocketsTransport

DOCUMENTS = (Path(__file__).parent / "documents.graphql").read_text()
LIMIT_SECONDS = 10


def request(name, variables):
    """An operation of the document, which has several."""
    asked = gql(DOCUMENTS)
    asked.operation_name, asked.variable_values = name, variables
    return asked


class Cable:
    """A way to the server that can be cut, as a network is."""

    def __init__(self, host, port):
        self.host, self.port, self.writers = host, port, []

    async def lay(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def carry(self, reader, writer):
        other_reader, other_writer = await asyncio.open_connection(self.host, self.port)
        self.writers += [writer, other_writer]
        await asyncio.gather(self.copy(reader, other_writer), self.copy(other_reader, writer))

    @staticmethod
    async def copy(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()
        except OSError:
            pass

    def cut(self):
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


class Person:
    """Somebody who is signed in: queries and mutations by HTTP."""

    def __init__(self, url, token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(transport=AIOHTTPTransport(url=url, headers=headers))

    async def ask(self, name, **variables):
        async with self.client as session:
            data = await session.execute(request(name, variables))
        for payload in data.values():
            assert not payload.get("userErrors"), f"{name} was refused: {payload}"
        return data


async def next_event(events, kind, customer):
    """The next event of the customer, which must be of this kind; edits don't count."""
    async with asyncio.timeout(LIMIT_SECONDS):
        async for data in events:
            event = data["poolChanged"]
            if event["customerId"] == customer and event["kind"] != "CHANGED":
                assert event["kind"] == kind, f"expected {kind}, got {event}"
                return event
    raise AssertionError(f"the subscription ended before {kind}")


async def ends_by_the_cut(events):
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            async for _ in events:
                pass
    except TransportError:
        return
    raise AssertionError("the connection is still there")


async def tell_story(name, connect, url, say):
    at = urlsplit(url)
    nobody = Person(url, None)
    people = ["sales@tidepool.example", "sales2@tidepool.example", "admin@tidepool.example"]
    tokens = [(await nobody.ask("Login", email=person, password="tidepool-demo"))["login"]["accessToken"] for person in people]
    watcher, colleague, admin = (Person(url, token) for token in tokens)
    cable = Cable(at.hostname, at.port)
    live_url = f"ws://127.0.0.1:{await cable.lay()}{at.path}"
    live = lambda: Client(transport=connect(live_url, tokens[0]))

    first = (await watcher.ask("Pool"))["publicPool"]
    second = (await watcher.ask("Pool", after=first["pageInfo"]["endCursor"]))["publicPool"]
    ids = [edge["node"]["id"] for page in (first, second) for edge in page["edges"]]
    assert len(set(ids)) == 10, ids
    say("the watcher read two pages of the pool")

    customer = (await colleague.ask("Claimable"))["publicPool"]["edges"][0]["node"]["id"]
    await colleague.ask("Claim", id=customer)
    async with live() as session:
        async with aclosing(session.subscribe(request("Watch", {"after": first["eventCursor"]}))) as events:
            await next_event(events, "LEFT", customer)
            await colleague.ask("Release", id=customer)
            entered = await next_event(events, "ENTERED", customer)
            cable.cut()
            await ends_by_the_cut(events)
    await admin.ask("SetProtection", period="PT0S")
    async with live() as session:
        async with aclosing(session.subscribe(request("Watch", {"after": entered["cursor"]}))) as events:
            claimable = await next_event(events, "BECAME_CLAIMABLE", customer)
            assert claimable["cursor"] != entered["cursor"]
            say("cut off, the watcher came back behind the last cursor, and was told that it became claimable meanwhile")
            await watcher.ask("Claim", id=customer)
            await next_event(events, "LEFT", customer)
            say("the watcher claimed it, and was told that it left")
    await watcher.ask("Release", id=customer)

    # A session that connects again by itself: a subscription reports the lost connection, and the next one goes on behind the cursor.
    returning = live()
    session = await returning.connect_async(reconnecting=True)
    cursor = claimable["cursor"]
    for kind in ["LEFT", "ENTERED"]:
        async with aclosing(session.subscribe(request("Watch", {"after": cursor}))) as events:
            cursor = (await next_event(events, kind, customer))["cursor"]
            cable.cut()
            await ends_by_the_cut(events)
        # A query is sent again until the session is connected.
        await session.execute(request("Pool", {}))
    await returning.close_async()
    say("a session that connects again by itself goes on behind the last cursor")

    await admin.ask("SetProtection", period="P3D")
    say("the admin brought protection back")


def websockets(url, token):
    return WebsocketsTransport(
        url=url, init_payload={"authorization": f"Bearer {token}"}, subprotocols=["graphql-transport-ws"]
    )


def aiohttp(url, token):
    return AIOHTTPWebsocketsTransport(url=url, init_payload={"authorization": f"Bearer {token}"})


for name, connect in {"gql-websockets": websockets, "gql-aiohttp": aiohttp}.items():
    asyncio.run(tell_story(name, connect, sys.argv[1], lambda step: print(f"{name}: {step}")))
