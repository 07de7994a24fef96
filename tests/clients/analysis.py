"""Reads figures as analysts do, with pandas over SQL and files, with DuckDB and Polars over files, and with the API:

    python analysis.py http://127.0.0.1:8000/graphql ACCESS_TOKEN postgresql+psycopg://ROLE:PASSWORD@/DATABASE?host=SOCKET

All of them have to see the same numbers.
"""

import json
import sys
import tempfile
import urllib.request
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pandas
import polars
import sqlalchemy


def api(url, token, query):
    body = json.dumps({"query": query}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        data = json.load(answer)
    assert "errors" not in data, data
    return data["data"]


def download(url, token, path, file):
    address = urlsplit(url)._replace(path=path).geturl()
    request = urllib.request.Request(address, headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer, open(file, "wb") as out:
        out.write(answer.read())


def of_api(url, token):
    """Won by month, and booked by month and currency. A figure covers ten years at most."""
    today = api(url, token, '{ winRate(from: "2000-01-01", to: "2000-01-01") { basis { asOf } } }')["winRate"]["basis"]["asOf"]
    years = f'from: "{int(today[:4]) - 9}-01-01", to: "{today[:4]}-12-31", per: MONTH'
    data = api(url, token, f"""{{
        winRate({years}) {{ groups {{ key {{ period }} won }} }}
        performance({years}) {{ groups {{ key {{ period }} booked {{ currency amount }} }} }} }}""")
    won = {group["key"]["period"]: group["won"] for group in data["winRate"]["groups"]}
    booked = {(group["key"]["period"], money["currency"]): Decimal(money["amount"])
              for group in data["performance"]["groups"] for money in group["booked"]}
    return without_zeros(won), without_zeros(booked)


def without_zeros(sums):
    return {key: value for key, value in sums.items() if value != 0}


def of_pandas(engine):
    won = pandas.read_sql("select month::text as month, won from metric_win_rate_month", engine).groupby("month")["won"].sum()
    booked = pandas.read_sql("select month::text as month, currency, booked from metric_performance_month", engine, coerce_float=False)
    booked = booked.groupby(["month", "currency"])["booked"].agg(lambda amounts: sum(amounts, Decimal(0)))
    return without_zeros({month: int(n) for month, n in won.items()}), without_zeros(dict(booked.items()))


def of_pandas_file(file):
    facts = pandas.read_parquet(file)
    facts = facts.assign(month=[day.strftime("%Y-%m-01") for day in facts["day"]])
    ends = facts[(facts["subject"] == "OUTCOME") & (facts["detail"] == "WON")]
    won = ends.groupby("month")["n"].sum()
    booked = facts[facts["subject"] == "BOOK"].groupby(["month", "currency"])["amount"].agg(lambda amounts: sum(amounts, Decimal(0)))
    return without_zeros({month: int(n) for month, n in won.items()}), without_zeros(dict(booked.items()))


def of_duckdb(read):
    won = duckdb.sql("select strftime(date_trunc('month', day), '%Y-%m-%d'), sum(n)::bigint from read "
                     "where subject = 'OUTCOME' and detail = 'WON' group by 1").fetchall()
    booked = duckdb.sql("select strftime(date_trunc('month', day), '%Y-%m-%d'), currency, sum(amount::decimal(18, 2)) from read "
                        "where subject = 'BOOK' group by 1, 2").fetchall()
    assert read.columns[:5] == ["position", "subject", "detail", "at", "day"], read.columns
    return without_zeros(dict(won)), without_zeros({(month, currency): sum for month, currency, sum in booked})


def of_polars(facts):
    facts = facts.with_columns(month=polars.col("day").cast(polars.String).str.slice(0, 7) + "-01")
    won = facts.filter((polars.col("subject") == "OUTCOME") & (polars.col("detail") == "WON")).group_by("month").agg(polars.col("n").sum())
    booked = facts.filter(polars.col("subject") == "BOOK")
    booked = booked.with_columns((polars.col("amount").cast(polars.Float64) * 100).round().cast(polars.Int64).alias("cents"))
    booked = booked.group_by("month", "currency").agg(polars.col("cents").sum())
    return (without_zeros(dict(won.iter_rows())),
            without_zeros({(month, currency): Decimal(cents) / 100 for month, currency, cents in booked.iter_rows()}))


def looks_at_types(file):
    """The columns have the types of the database, in the file and for those who read it."""
    types = dict(duckdb.sql(f"select column_name, column_type from (describe select * from read_parquet('{file}'))").fetchall())
    expected = {"position": "BIGINT", "at": "TIMESTAMP WITH TIME ZONE", "day": "DATE", "user_id": "VARCHAR", "n": "INTEGER",
                "amount": "DECIMAL(14,2)", "weighted": "DECIMAL(18,4)"}
    assert {name: types[name] for name in expected} == expected, types
    schema = polars.read_parquet_schema(file)
    assert schema["at"] == polars.Datetime("us", "UTC") and schema["amount"] == polars.Decimal(14, 2), schema
    assert str(pandas.read_parquet(file)["at"].dtype) == "datetime64[us, UTC]"


# What Metabase (JDBC), Superset (SQLAlchemy) and Power BI (Npgsql) ask a database before they show its tables.
CATALOG = [
    "select n.nspname, c.relname, c.relkind, d.description from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid "
    "left join pg_catalog.pg_description d on c.oid = d.objoid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass "
    "where c.relkind in ('r', 'p', 'v', 'f', 'm') and n.nspname = 'bi'",
    "select n.nspname, c.relname, a.attname, t.typname, a.attnotnull, pg_catalog.pg_get_expr(def.adbin, def.adrelid) "
    "from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid join pg_catalog.pg_attribute a on a.attrelid = c.oid "
    "join pg_catalog.pg_type t on a.atttypid = t.oid left join pg_catalog.pg_attrdef def on a.attrelid = def.adrelid and a.attnum = def.adnum "
    "where a.attnum > 0 and not a.attisdropped and n.nspname = 'bi'",
    "select table_schema, table_name, table_type from information_schema.tables where table_schema not in ('information_schema', 'pg_catalog')",
    "select column_name, ordinal_position, is_nullable, data_type from information_schema.columns where table_schema = 'bi' and table_name = 'fact_posting'",
    "show transaction isolation level",
    "select version()",
]


def looks_at_the_catalog(engine):
    inspector = sqlalchemy.inspect(engine)
    views = inspector.get_view_names(schema="bi")
    assert {"fact_posting", "dim_user", "metric_win_rate_month"} <= set(views), views
    for view in views:
        assert inspector.get_columns(view, schema="bi"), view
    assert inspector.get_view_definition("dim_user", schema="bi")
    with engine.connect() as connection:
        for query in CATALOG:
            rows = connection.exec_driver_sql(query).fetchall()
            assert rows, query
        for refused in ["select * from public.customer", "select * from public.contact", "create table bi.mine (x integer)"]:
            try:
                connection.exec_driver_sql(refused)
            except sqlalchemy.exc.DBAPIError:
                connection.rollback()
            else:
                raise AssertionError(f"the role may {refused}")


def main(url, token, database):
    engine = sqlalchemy.create_engine(database)
    expected = of_api(url, token)
    assert len(expected[0]) > 2 and len(expected[1]) > 2, expected
    with tempfile.TemporaryDirectory() as folder:
        [csv, lines, columns] = [Path(folder) / f"facts.{end}" for end in ["csv", "jsonl", "parquet"]]
        for file in [csv, lines, columns]:
            download(url, token, f"/bi/fact_posting{file.suffix}", file)
        for name, found in [
            ("pandas", of_pandas(engine)),
            ("pandas (Parquet)", of_pandas_file(columns)),
            ("DuckDB", of_duckdb(duckdb.read_csv(str(csv)))),
            ("DuckDB (Parquet)", of_duckdb(duckdb.read_parquet(str(columns)))),
            ("Polars", of_polars(polars.read_ndjson(lines, infer_schema_length=None))),
            ("Polars (Parquet)", of_polars(polars.read_parquet(columns))),
        ]:
            assert found == expected, f"{name}:\n{found}\nthe API:\n{expected}"
            print(f"{name}: the same numbers as the API")
        looks_at_types(columns)
    looks_at_the_catalog(engine)
    print("SQLAlchemy: finds the views, their columns and nothing else")


main(*sys.argv[1:])
