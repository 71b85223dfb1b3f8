"""Names of fields as help desks have them: more than 200 that tell of something protected, 500 that do not."""
# ruff: noqa: RUF001, E501, SIM905  # Cyrillic letters are meant, and the lists read better as they are

PROTECTED = [
    name.strip()
    for name in """
age | customer_age | AgeGroup | age_band | Age range | ageInYears | AGE | minimum_age | birth_date | dateOfBirth | DOB | birthYear | year_of_birth | Birthday | born_on | elderly_customer | is_elderly | youth_tariff | millennials
gender | Gender | customer_gender | genderCode | sex | Sex | is_female | is_male | Salutation | honorific | title | Title | customer_title | pronouns | transgender | non_binary_flag_nonbinary
race | racial_group | ethnicity | ethnic_group | Nationality | nationality_code | citizenship | immigrant_status | refugee | skin_colour | ancestry | caste | indigenous
religion | religious_affiliation | faith | church_member | is_muslim | islamic_holidays | christian | jewish_customer | Hindu | buddhist
marital_status | maritalStatus | married | is_widowed | divorced | spouse_name | childless
health | health_condition | Health status | disability | disabled_flag | handicapped | illness | disease_history | medical_notes | medication | allergies | deaf | is_blind | wheelchair_user | diabetes | cancer_patient | hiv_status | mental_condition | autism | accessibility | vulnerable_customer
pregnant | pregnancy_week | maternity_leave | orientation | sexual_orientation | lgbt_community | gay | union | union_member | tradeUnion | unionMembers | politics | political_party | political_views | voter_group
Alter | Altersgruppe | Geburtsdatum | Kundengeburtstag | Geschlecht | Anrede | Staatsangehörigkeit | Hautfarbe | Konfession | Religionszugehörigkeit | Familienstand | verheiratet | Gesundheitszustand | Krankheit | Schwerbehinderung | schwanger | Gewerkschaft | Parteizugehörigkeit | minderjährig | sexuelle Orientierung
âge | Tranche d'âge | Date de naissance | sexe | civilité | nationalité | origine ethnique | croyances | état civil | situation matrimoniale | santé | maladie | handicap | grossesse | enceinte | syndicat | opinion politique
edad | rango_edad | fecha_nacimiento | cumpleaños | sexo | género | nacionalidad | raza | etnia | creencias | estado_civil | salud | discapacidad | enfermedad | embarazada | sindicato | afiliación política
idade | faixa_idade | data_nascimento | raça | nacionalidade | crença | saúde | deficiência | doença | grávida
età | data_di_nascita | sesso | genere | cittadinanza | nazionalità | stato_civile | salute | disabilità | malattia | incinta | sindacato
leeftijd | geboortedatum | geslacht | aanhef | nationaliteit | geloof | burgerlijke_staat | gezondheid | arbeidsbeperking | zwanger | vakbond | politieke voorkeur
wiek | data_urodzenia | płeć | narodowość | obywatelstwo | wyznanie | stan_cywilny | zdrowie | niepełnosprawność | w ciąży | poglądy_polityczne
ålder | födelsedatum | kön | medborgarskap | civilstånd | hälsa | funktionsnedsättning | sjukdom | gravid | fackförbund
yaş | doğum_tarihi | cinsiyet | uyruk | etnik_köken | mezhep | medeni_hal | sağlık_durumu | engelli | hamile | sendika | siyasi_görüş
возраст | дата рождения | пол | национальность | гражданство | религия | здоровье | инвалидность | беременность | профсоюз | политические взгляды
年齢 | 生年月日 | お客様の年齢層 | 性別 | 国籍 | 人種 | 宗教 | 婚姻状況 | 健康状態 | 障害者手帳 | 妊娠中 | 性的指向 | 労働組合 | 支持政党
""".replace("\n", "|").split("|")
    if name.strip()
]

INNOCENT = """
plan plan_name plan_tier planType subscription subscription_id subscription_status subscription_age account_age ticket_age
domain_age case_age tier support_tier seats seat_count seatsUsed licenses license_key license_type licence_count users active_users
monthly_active_users mau dau arr mrr yearly_revenue annual_revenue revenue lifetime_value ltv clv average_order average_order_value order_count
orders_90d last_order first_order order_id order_number order_status order_total basket_size cart_value abandoned_carts checkout_step
payment_method payment_terms payment_status invoice_id invoice_number invoice_age open_invoices overdue_invoices credit_limit credit_score credit_union_id
currency price price_list price_plan discount discount_rate coupon coupon_code voucher refund_count refunds chargebacks balance
renewal renewal_date renewalDate contract_start contract_end contract_length contract_value contract_type trial trial_end trialDays
onboarding onboarding_step onboarding_orientation activation activation_date signup signup_date signupSource signup_channel source lead_source utm_source utm_campaign
campaign campaign_title referral referral_code referrer partner partner_id reseller distributor channel preferred_channel contact_channel
language preferred_language lang languages locale_code timezone time_zone_offset region_code territory market segment segment_name
industry sector vertical branch_office company company_size company_name organization organization_name department team team_name
role job_title jobTitle position seniority manager account_manager accountOwner csm csm_name owner owner_team
product product_name product_line product_title product_version version app_version appVersion firmware firmware_version build build_number
platform os_version operating_mode screen_size screen_orientation page_orientation device_orientation resolution sdk_version api_version api_key_count api_calls
api_usage usage usage_30d storage storage_used storageQuota bandwidth disk_usage memory memory_usage cpu_usage latency response_ms
uptime downtime outage outage_count incidents incident_id errors error_rate error_code crash_count crashes bug_count bugs
feature feature_flags features_used feature_requests beta beta_tester beta_features early_access sandbox sandbox_id environment env
health_score account_health system_health service_health health_check healthcheck_url api_health page page_views pageViews page_title
pages sessions session_count session_length session_age visits visit_count last_visit last_seen last_login lastLoginAt logins
login_count two_factor sso sso_provider password_age password_reset mfa_enabled email_opens email_clicks newsletter newsletter_opt_in
message message_count messages message_age conversation conversation_id thread thread_id topic topics category subcategory
tags labels priority urgency severity severity_level impact status state stage pipeline_stage deal_stage
ticket_title ticket_id ticket_form ticket_count tickets_30d ticketsOpen open_tickets solved_tickets reopened reopens reassignments escalated escalation escalations
escalation_level first_reply first_reply_minutes resolution_time resolution_minutes waiting_since wait_time sla sla_met sla_name sla_breaches response_time response_count
satisfaction satisfaction_score csat csat_score nps nps_score ces rating ratings rating_count review review_count reviews review_id
survey survey_id survey_score feedback_score sentiment_score churn churn_risk churnScore risk_level risk retention loyalty loyalty_points
loyalty_tier points points_balance badge badges level rank score quality_score percentage percent share ratio
average average_rating median total total_spend spend spent amount count counter index index_id number
quantity weight height_cm width length size color colour theme theme_name skin_theme player_skin game_title
agent agent_id agent_name agents assigned_agent assignee group group_id queue queue_age queue_name routing_key
manage management managed_by message_id messenger passenger_count luggage baggage package packages packaging parcel
shipping shipping_method shipment shipment_id tracking tracking_number delivery delivery_date delivery_window warehouse warehouse_id stock
stock_age inventory sku barcode serial serial_number serialNumber model_number model hardware hardware_id machine
machine_id machine_type installation installation_date install_date maintenance maintenance_plan warranty warranty_end warranty_months service_plan
service_contract service_level service_tier support_hours support_plan support_level contract_anniversary trace trace_id trace_path race_condition_count
sextant_model sexton_code reunion reunion_island stagecoach image image_url images video video_title video_orientation photo_count
photo_orientation camera_orientation print_orientation teenage_range teenager_plan_id cottage village village_code garage_id hostage mortgage mortgage_rate
language_pack coverage coverage_area average_spend leverage voltage wattage mileage dosage tonnage vintage
heritage_brand cabbage_box sausage_box orange_box advantage_card baggage_fee advantage advantages percentage_used engagement engagement_score
generation lead_generation generator generators alternative alternate_email alternator altered_at alteration altitude alternative_contact alter_table_count
healthcare healthcare_sector healthy_snacks wealth wealth_band stealth_mode unionpay_enabled union_pay european_union_customer eu_vat vat_id tax_id
tax_exempt legal_entity legal_form company_age_band_none founded founded_year employees employee_count office_count locations location_count store_id
store_name shop shop_id website website_url domain domains dns_provider hosting hosting_plan server server_id server_region
ip_count cluster cluster_health node_count database_health region_health tenant tenant_id tenant_health workspace workspace_id workspaces
project project_id project_count projects integration integrations integration_count webhooks webhook_count connectors exports imports import_count
interests hobbies favourite_brand favorite_team vegan vegan_products diet_box cuisine flavour taste_profile style clothing_size
shoe_size games_owned genre music_genre film_genre book_title song_title movie_title author chapter_title course course_title
lesson lesson_count grade_level school_plan classroom class_id event event_id event_title seating venue booking
booking_id booking_count nights room_type flight_class miles airline_tier vehicle vehicle_age vehicle_model car_model engine
""".split()[:500]
"""Names that only look like it, among those that do not even look like it."""
