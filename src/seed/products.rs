//! The products: some sixty in categories, most of them in CNY.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgConnection;
use uuid::Uuid;

use super::copy::{Money, Table};
use super::model::Plan;
use super::random::{chance, id_at, one_of, time_between};

/// A category, the prefix of its SKUs, its unit of sale, and its products with their prices in whole units of the
/// currency.
type Category = (&'static str, &'static str, &'static str, &'static [(&'static str, i64)]);

#[rustfmt::skip]
const IN_CNY: [Category; 7] = [
    ("传感器", "SEN", "件", &[
        ("温度传感器 T100", 180), ("压力传感器 P200", 420), ("振动传感器 V300", 960), ("液位传感器 L150", 530), ("流量计 F80", 2_350),
        ("Humidity sensor H50", 150), ("Gas detector G20", 1_280), ("激光位移传感器 LD9", 4_600)]),
    ("控制器", "CTL", "台", &[
        ("PLC 控制器 C1", 3_200), ("PLC 控制器 C2", 5_800), ("边缘网关 E10", 2_600), ("Edge gateway E20 Pro", 6_900), ("运动控制卡 M4", 4_100),
        ("温控模块 TC8", 880), ("Safety relay S3", 640), ("变频器 V7", 7_500)]),
    ("网络设备", "NET", "台", &[
        ("工业交换机 8 口", 1_150), ("工业交换机 24 口", 3_900), ("Wireless access point W6", 1_480), ("5G 路由器 R5", 2_980), ("防火墙 FW100", 9_800),
        ("光电转换器", 260), ("LoRa base station", 5_200), ("机柜 42U", 3_300)]),
    ("软件许可", "LIC", "套", &[
        ("生产监控系统 标准版", 28_000), ("生产监控系统 企业版", 98_000), ("设备管理系统", 45_000), ("质量追溯系统", 66_000), ("Energy dashboard", 36_000),
        ("数据采集引擎", 18_000), ("Report designer", 9_600), ("移动巡检 App", 15_000), ("API connector pack", 12_000)]),
    ("服务与培训", "SRV", "人天", &[
        ("现场实施", 2_800), ("远程支持", 1_200), ("On-site training", 3_500), ("系统集成", 3_200), ("年度保养", 2_200), ("Consulting", 4_800),
        ("数据迁移", 2_600)]),
    ("耗材", "CON", "箱", &[
        ("线缆 CAT6", 390), ("接线端子", 120), ("Mounting kit", 210), ("标签纸", 85), ("密封圈", 60), ("滤芯", 330), ("Calibration gas", 760)]),
    ("原材料", "RAW", "吨", &[
        ("铝型材 6063", 23_500), ("冷轧钢板", 5_400), ("铜排", 72_000), ("Engineering plastic PA66", 19_800), ("不锈钢 304", 15_600)]),
];
const IN_USD: [Category; 1] = [(
    "出口套件",
    "EXP",
    "set",
    &[
        ("Starter kit, export", 890),
        ("Monitoring kit, export", 4_200),
        ("Gateway kit, export", 1_650),
        ("Cloud licence, one year", 7_200),
        ("Spare parts kit", 540),
        ("Installation abroad", 2_400),
        ("Premium support, one year", 9_900),
        ("Sensor bundle, export", 1_250),
    ],
)];

/// A product.
pub struct Product {
    pub id: Uuid,
    pub currency: &'static str,
    /// Whether it is sold by weight instead of by the piece.
    pub by_weight: bool,
    sku: String,
    pub name: &'static str,
    category: Option<&'static str>,
    unit: &'static str,
    price: Money,
    created_at: DateTime<Utc>,
    /// When its price was raised to the present one.
    price_raised_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

impl Product {
    /// The price of one unit at this moment.
    pub fn price_at(&self, at: DateTime<Utc>) -> Money {
        match self.price_raised_at {
            Some(since) if at < since => Money(self.price.0 * 9 / 10),
            _ => self.price,
        }
    }

    /// Whether it was on sale at this moment.
    pub fn is_sold_at(&self, at: DateTime<Utc>) -> bool {
        self.retired_at.is_none_or(|retired| at < retired)
    }
}

/// Generates all products.
pub fn catalogue(plan: &Plan) -> Vec<Product> {
    let mut rng = Rng::with_seed(plan.seed ^ 0x7072_6f64_7563_7473);
    let mut products = Vec::new();
    for (currency, categories) in [("CNY", &IN_CNY[..]), ("USD", &IN_USD[..])] {
        for &(category, prefix, unit, of_category) in categories {
            for (index, &(name, price)) in of_category.iter().enumerate() {
                let created_at = plan.now - TimeDelta::days(790) + TimeDelta::minutes(rng.i64(0..60 * 24 * 30));
                let mut later =
                    |percent| chance(&mut rng, percent).then(|| time_between(&mut rng, created_at, plan.now));
                let price_raised_at = later(30);
                // The first two of each category are never retired, so that something is always on sale.
                let retired_at = later(12).filter(|_| index > 1).map(|at| at.max(price_raised_at.unwrap_or(at)));
                products.push(Product {
                    id: id_at(&mut rng, created_at),
                    currency,
                    by_weight: unit == "吨",
                    sku: format!("{prefix}-{:03}", (index + 1) * 10),
                    name,
                    // A few have no category.
                    category: (index != 5).then_some(category),
                    unit,
                    price: Money(price * 100),
                    created_at,
                    price_raised_at,
                    retired_at,
                });
            }
        }
    }
    products
}

/// A random product that was on sale at this moment, in the given currency if there is one.
pub fn pick_sold_at<'a>(
    rng: &mut Rng,
    products: &'a [Product],
    at: DateTime<Utc>,
    currency: Option<&str>,
) -> &'a Product {
    loop {
        let product = one_of(rng, products);
        if product.is_sold_at(at) && currency.is_none_or(|currency| product.currency == currency) {
            return product;
        }
    }
}

/// Copies the products into the database.
pub async fn copy(db: &mut PgConnection, products: &[Product]) -> sqlx::Result<()> {
    let mut table = Table::new(
        "product (id, sku, name, category, unit, unit_price, currency, active, created_at, updated_at, version)",
    );
    for product in products {
        let changes = [product.price_raised_at, product.retired_at];
        table.value(product.id).value(&product.sku).value(product.name).optional(product.category).value(product.unit);
        table.value(product.price).value(product.currency).value(product.retired_at.is_none());
        table.time(Some(product.created_at)).time(changes.into_iter().flatten().max().or(Some(product.created_at)));
        table.value(1 + changes.into_iter().flatten().count()).end_row();
    }
    table.copy(db).await
}
