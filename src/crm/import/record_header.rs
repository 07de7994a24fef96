//! The headers by which the fields of files of other records than customers are known.

use super::field::Field;

/// The headers of the key of a customer in another system.
pub const CUSTOMER_KEYS: &[&str] = &[
    "客户编号",
    "客户编码",
    "客户id",
    "外部编号",
    "externalid",
    "customerid",
    "customerno",
    "customernumber",
    "customercode",
    "accountid",
    "accountnumber",
    "companyid",
    "recordid",
];

/// The headers of the name of the customer that a record belongs to.
const CUSTOMER_NAMES: &[&str] = &[
    "客户名称",
    "客户",
    "公司名称",
    "企业名称",
    "单位名称",
    "公司",
    "customer",
    "customername",
    "company",
    "companyname",
    "account",
    "accountname",
];

/// The headers of the SKU of a product.
const SKUS: &[&str] = &[
    "sku",
    "产品编码",
    "产品编号",
    "商品编码",
    "商品编号",
    "货号",
    "物料编码",
    "productcode",
    "itemcode",
    "productsku",
];

/// The headers of the key of a product in another system.
const PRODUCT_KEYS: &[&str] = &["产品id", "商品id", "productid"];

/// The headers of the currency of amounts.
const CURRENCIES: &[&str] = &["币种", "货币", "币别", "currency", "currencycode"];

/// The headers of the key of an opportunity in another system.
const OPPORTUNITY_KEYS: &[&str] =
    &["商机编号", "机会编号", "销售机会编号", "商机id", "机会id", "opportunityid", "dealid"];

/// The headers of files of contacts, apart from those that files of customers have, too.
pub const CONTACTS: &[(Field, &[&str])] = &[
    (Field::ExternalId, &["联系人编号", "联系人编码", "联系人id", "外部编号", "contactid", "externalid", "recordid"]),
    (Field::CustomerExternalId, CUSTOMER_KEYS),
    (Field::Name, CUSTOMER_NAMES),
    (Field::ContactName, &["name", "fullname", "名称"]),
];

/// The headers of files of products.
pub const PRODUCTS: &[(Field, &[&str])] = &[
    (Field::ExternalId, PRODUCT_KEYS),
    (Field::ExternalId, &["外部编号", "externalid", "recordid"]),
    (Field::Sku, SKUS),
    (
        Field::ProductName,
        &["产品名称", "产品", "商品名称", "商品", "品名", "名称", "product", "productname", "name", "item", "itemname"],
    ),
    (
        Field::Category,
        &["类别", "分类", "产品类别", "产品分类", "商品分类", "category", "productcategory", "productfamily", "family"],
    ),
    (Field::Unit, &["单位", "计量单位", "销售单位", "unit", "uom", "unitofmeasure"]),
    (
        Field::UnitPrice,
        &[
            "单价",
            "价格",
            "标准价格",
            "标准单价",
            "售价",
            "价格表价格",
            "price",
            "unitprice",
            "listprice",
            "standardprice",
        ],
    ),
    (Field::Currency, CURRENCIES),
    (Field::Active, &["是否启用", "启用", "是否上架", "上架", "在售", "active", "isactive", "enabled"]),
];

/// The headers of files of follow-ups.
pub const FOLLOW_UPS: &[(Field, &[&str])] = &[
    (
        Field::ExternalId,
        &[
            "跟进编号",
            "跟进记录编号",
            "跟进id",
            "记录编号",
            "活动编号",
            "外部编号",
            "externalid",
            "activityid",
            "followupid",
            "taskid",
            "recordid",
        ],
    ),
    (Field::CustomerExternalId, CUSTOMER_KEYS),
    (Field::OpportunityExternalId, OPPORTUNITY_KEYS),
    (Field::Name, CUSTOMER_NAMES),
    (
        Field::Author,
        &[
            "跟进人",
            "负责人",
            "创建人",
            "记录人",
            "销售",
            "员工",
            "author",
            "owner",
            "createdby",
            "assignedto",
            "user",
            "salesrep",
        ],
    ),
    (
        Field::At,
        &[
            "跟进时间",
            "跟进日期",
            "时间",
            "日期",
            "拜访时间",
            "联系时间",
            "创建时间",
            "at",
            "date",
            "time",
            "datetime",
            "activitydate",
            "followuptime",
            "followupdate",
            "createddate",
            "createdat",
        ],
    ),
    (
        Field::Channel,
        &["跟进方式", "方式", "联系方式", "跟进类型", "类型", "channel", "type", "activitytype", "method"],
    ),
    (
        Field::Content,
        &[
            "跟进内容",
            "内容",
            "跟进记录",
            "沟通内容",
            "备注",
            "描述",
            "content",
            "subject",
            "description",
            "comments",
            "comment",
            "notes",
            "note",
            "body",
        ],
    ),
    (Field::NextPlan, &["下一步计划", "下次计划", "后续计划", "下一步", "nextplan", "nextstep", "nextsteps"]),
    (
        Field::NextContact,
        &[
            "下次联系时间",
            "下次跟进时间",
            "下次跟进日期",
            "下次联系日期",
            "nextcontact",
            "nextcontacttime",
            "nextfollowup",
            "nextfollowupdate",
        ],
    ),
];

/// The headers of files of opportunities.
pub const OPPORTUNITIES: &[(Field, &[&str])] = &[
    (Field::ExternalId, OPPORTUNITY_KEYS),
    (Field::ExternalId, &["外部编号", "externalid", "recordid"]),
    (Field::CustomerExternalId, CUSTOMER_KEYS),
    (Field::Name, CUSTOMER_NAMES),
    (Field::Owner, &["负责人", "商机负责人", "销售", "销售人员", "owner", "opportunityowner", "dealowner", "salesrep"]),
    (Field::At, &["创建时间", "创建日期", "发现日期", "createdat", "createddate", "createdate", "created", "date"]),
    (Field::Stage, &["阶段", "销售阶段", "商机阶段", "stage", "dealstage", "salesstage"]),
    (Field::Sku, SKUS),
    (Field::ProductExternalId, PRODUCT_KEYS),
    (Field::Amount, &["金额", "预计金额", "预计成交金额", "商机金额", "amount", "expectedamount", "value"]),
    (Field::Currency, CURRENCIES),
    (Field::CloseDate, &["预计成交日期", "预计成交时间", "预计签单日期", "closedate", "expectedclosedate"]),
    (Field::Probability, &["概率", "赢单率", "成交概率", "probability"]),
    (Field::ClosedAt, &["关闭时间", "关闭日期", "成交日期", "结束时间", "closedat", "closeddate", "actualclosedate"]),
    (Field::LostReason, &["输单原因", "丢单原因", "失败原因", "lostreason", "reasonlost", "lossreason"]),
    (Field::LostRemark, &["输单说明", "丢单说明", "输单备注", "lostremark", "losscomment", "lossdescription"]),
    (Field::Competitor, &["竞争对手", "竞品", "competitor", "maincompetitor", "maincompetitors"]),
    (Field::OpportunityName, &["商机名称", "机会名称", "商机", "opportunityname", "opportunity", "dealname", "deal"]),
    (Field::Note, &["备注", "商机备注", "描述", "说明", "note", "notes", "description"]),
];

/// The headers of files of orders.
pub const ORDERS: &[(Field, &[&str])] = &[
    (
        Field::ExternalId,
        &[
            "订单编号",
            "订单号",
            "订单id",
            "单号",
            "销售单号",
            "外部编号",
            "externalid",
            "orderid",
            "order",
            "ordernumber",
            "orderno",
        ],
    ),
    (Field::CustomerExternalId, CUSTOMER_KEYS),
    (Field::OpportunityExternalId, OPPORTUNITY_KEYS),
    (Field::Name, CUSTOMER_NAMES),
    (
        Field::SoldBy,
        &["销售", "销售人员", "业务员", "负责人", "签单人", "soldby", "salesrep", "salesperson", "owner", "seller"],
    ),
    (
        Field::At,
        &[
            "下单时间",
            "下单日期",
            "订单日期",
            "签单日期",
            "成交日期",
            "日期",
            "orderdate",
            "orderedat",
            "date",
            "effectivedate",
            "closedate",
        ],
    ),
    (Field::Currency, CURRENCIES),
    (Field::Remark, &["备注", "订单备注", "说明", "remark", "remarks", "note", "notes", "description"]),
    (Field::Sku, SKUS),
    (Field::ProductExternalId, PRODUCT_KEYS),
    (Field::Quantity, &["数量", "quantity", "qty"]),
    (Field::UnitPrice, &["单价", "销售单价", "成交单价", "价格", "price", "unitprice", "salesprice"]),
    (Field::Discount, &["折扣", "折扣金额", "优惠", "优惠金额", "discount", "discountamount"]),
    (
        Field::Payment,
        &[
            "付款",
            "付款金额",
            "回款",
            "回款金额",
            "收款金额",
            "实收金额",
            "payment",
            "paymentamount",
            "amountpaid",
            "paid",
        ],
    ),
    (Field::PaidAt, &["付款时间", "付款日期", "回款时间", "回款日期", "收款日期", "paidat", "paymentdate", "paiddate"]),
    (Field::ShippedAt, &["发货时间", "发货日期", "shippedat", "shipdate", "shippingdate"]),
    (
        Field::DeliveredAt,
        &[
            "送达时间",
            "送达日期",
            "交付时间",
            "交付日期",
            "签收日期",
            "签收时间",
            "deliveredat",
            "deliverydate",
            "delivereddate",
        ],
    ),
    (
        Field::CancelledAt,
        &[
            "取消时间",
            "取消日期",
            "退款日期",
            "作废日期",
            "cancelledat",
            "canceledat",
            "cancellationdate",
            "refunddate",
        ],
    ),
];
