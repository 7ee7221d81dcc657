export interface paths {
    "/api/v1/announcements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看公告和停用的来源
         * @description List current announcements, general and of a district, and outages.
         */
        get: operations["list_announcements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看服务目录：各组和组里的事项
         * @description List the groups and items of the service catalogue.
         */
        get: operations["list_catalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalogue/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看一组或一项的办事指南，可带区县看当地的内容
         * @description Return a group or an item, with what a district adds.
         */
        get: operations["show_catalogue_item"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看现行的个人信息处理规则
         * @description Show the rules for personal data in force.
         */
        get: operations["text_in_force"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看已作出的同意和时间
         * @description List the consents of the account with their times.
         */
        get: operations["given_consents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/consents/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * 撤回同意（人脸）；其余随账号注销而终止
         * @description Withdraw the consent face or matter; the others end with the cancellation of the account.
         */
        delete: operations["withdraw_consent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看已发布的条目，全部或某一类
         * @description List the published entries, all or those of one category.
         */
        get: operations["list_faq_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/entries/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看一条已发布的条目
         * @description Show a published entry.
         */
        get: operations["get_faq_entry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 输入时给出最多六条标题和常见问法，可用拼音
         * @description Suggest titles and example questions that fit what was typed, also in pinyin.
         */
        get: operations["suggest_faq_questions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/images/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 取条目的图片；内容不变，可长期缓存
         * @description Show a picture of an entry; it never changes.
         */
        get: operations["get_faq_image"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 向机器人提问
         * @description Ask the bot: it answers, asks back with up to three options, declines or makes small talk.
         */
        post: operations["ask_faq"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/messages/{message_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 评价回答是否有帮助，可重新评价
         * @description Rate whether an answer helped; a second rating replaces the first.
         */
        post: operations["rate_faq_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faq/conversations/{conversation_id}/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 转人工，对话随工单一并转交
         * @description Open a ticket with the conversation attached, or return the one that is open already.
         */
        post: operations["hand_over_faq_conversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 检查四要素的填写，不调用外部、不保存
         * @description Check the form of the four elements; asks no source, stores nothing. With a proof of the phone it also says whether the person has to activate an account.
         */
        post: operations["check_identity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/names/divisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 列出省、市、区县，选择住所所在地
         * @description List provinces, the cities of one, or the counties of a city.
         */
        get: operations["list_divisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/names/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 查最多五个名称能不能用：形式、用词和已有名称；只是参考，不是名称预留
         * @description Check up to five names: form, words, and the register. Advice, never a permit.
         */
        post: operations["check_names"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/names/parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 把完整的名称分成行政区划、字号、行业和组织形式，并说明拿不准的地方
         * @description Cut a full name into division, 字号, industry and form, with what is uncertain.
         */
        post: operations["cut_name"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/names/industries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 用平常的话查行业用语和行业分类
         * @description Find trade words and classes by what people say.
         */
        get: operations["list_industries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/names/slips": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 再查一次名称，得到核名参考单（PDF）
         * @description Check the names once more and return the slip as PDF; its code is for /verify/{code}.
         */
        post: operations["make_name_slip"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 运营单位（个人信息处理者）、联系方式和备案号
         * @description Show who runs the service, and how to reach them.
         */
        get: operations["show_operator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/privacy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 处理哪些信息、依据、期限、谁可以得到，以及权利怎样行使
         * @description Show what is kept of users, on which ground, how long, its receivers, and their rights.
         */
        get: operations["show_notice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/windows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看窗口的地址、时间和电话
         * @description List the windows with address, hours and phone.
         */
        get: operations["list_windows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sms-codes/last": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看最近一条验证码是否送达（运营商回执）
         * @description Return whether the caller's last code arrived, as carriers report it.
         */
        get: operations["show_last_code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sms-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 发送短信验证码
         * @description Send a one-time code to a phone.
         */
        post: operations["request_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 注册：账号达到三级并登录
         * @description Register a person; the account is at level 3 and signed in.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看账号的当前状态
         * @description Show the account.
         */
        get: operations["show_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * 修改密码；其他登录和微信绑定随之失效
         * @description Set a new password; ends other sessions and the binding.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * 更换手机号，并告知原手机号
         * @description Change the phone; the old one gets a notice.
         */
        put: operations["change_phone"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/identity-dates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * 更正证件有效期，公安源核对一致后保存
         * @description Correct the validity of the card, if the source confirms it.
         */
        put: operations["change_identity_dates"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/wechat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * 解除微信绑定
         * @description End the binding to a WeChat user.
         */
        delete: operations["unbind_wechat"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 注销账号；该身份可以重新注册
         * @description Cancel the account; the identity may register again.
         */
        post: operations["cancel_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 用登录名和密码登录
         * @description Sign in with a login and a password.
         */
        post: operations["open_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * 退出登录，令牌立即失效
         * @description Sign out; the token expires at once.
         */
        delete: operations["close_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 激活第一步：填写身份证号
         * @description Start an activation by ID number (step 1).
         */
        post: operations["start_activation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations/{token}/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 激活第二步：验证登记的手机号
         * @description Prove the phone on record (step 2).
         */
        post: operations["prove_recorded_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations/{token}/face": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 激活第二步：刷脸并换新手机号
         * @description Prove the person by face and a new phone, which is on record then (step 2).
         */
        post: operations["prove_new_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/activations/{token}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 激活第三步：设置密码，账号达到三级并登录
         * @description Set the password (step 3); the account is active at level 3 and signed in.
         */
        post: operations["finish_activation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/authorization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看“是否办理工商登记注册”的当前状态
         * @description Show the authorisation.
         */
        get: operations["show_authorization"];
        /**
         * 开启（到某一天）或关闭“是否办理工商登记注册”
         * @description Switch the authorisation on until a day, or off.
         */
        put: operations["set_authorization"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/client-reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 上报手机端遇到的问题
         * @description Report an error on the user's phone.
         */
        post: operations["add_report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ctid-challenges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 发起一次网证核验，只能用一次
         * @description Open a CTID check for this session; it can be used once.
         */
        post: operations["open_ctid_challenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ctid-verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 用网证核验，账号达到四级；重置后可再开启授权
         * @description Verify the person by CTID; the account gets level 4, or its switch opens after a reset. A check that a browser handed over answers nothing: its result is in GET /handed-checks. With name and ID number it clears the limits on attempts for this person, as a face check of WeChat does, also for a browser without an account, and answers nothing.
         */
        post: operations["verify_ctid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/face-challenges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 发起一次刷脸，只能用一次
         * @description Open a face check for this session; it can be used once. With name and ID number it is of this person, who may be another than the account's holder; whether the person has an account is told only after the face has passed.
         */
        post: operations["open_face_challenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/face-verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 查询刷脸结果，是本人则账号达到四级；重置后可再开启授权
         * @description Verify the result of the face check; the account gets level 4 when it passed. After a reset at level 4 it permits switching 是否办理 on again. In mode wechat the service queries WeChat; in mode photo the picture is sent as multipart. A check of a person without the account answers nothing, as one that a browser handed over, whose result is in GET /handed-checks.
         */
        post: operations["verify_face"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看本人的待办和已办业务
         * @description List the matters in which the user has a post. Below level 4 only the number of the open ones; of the others 0.
         */
        get: operations["list_matters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看一项业务，以及要本人确认的内容
         * @description Show a matter with the user's own lines, the digest and the statement to confirm.
         */
        get: operations["show_matter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}/reminders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 经办人提醒还没有确认的人，每人每天一次
         * @description Remind the other persons, for the agent; each at most once a day.
         */
        post: operations["remind_persons"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}/challenges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 为确认业务发起刷脸核验
         * @description Open the face check for own lines, bound to session, account, lines and digest.
         */
        post: operations["open_matter_challenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}/confirmations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 刷脸或用网证，并签名，确认本人的身份
         * @description Confirm own lines by the face check or CTID, with a signature (multipart, PNG). After a refusal that is not the person's, send the same again: a passed check counts on.
         */
        post: operations["confirm_lines"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 拒绝本人的身份，整项业务随之暂停
         * @description Refuse own lines; pauses the whole matter. Reason not_me also opens a ticket.
         */
        post: operations["refuse_lines"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/matters/{matter_id}/sheet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 取本人的业务信息表（PDF），保留多久记录就能取多久
         * @description Return the user's own sheet of a matter as PDF. It goes to the account that confirmed, or to a later one of the person at level 4, for which the phone on it is masked.
         */
        get: operations["fetch_own_sheet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 重置密码第一步：验证账号的手机号
         * @description Prove the account's phone (step 1), or with a passed face a new one. With a face the new phone is on record at once, the old one is notified, 是否办理 goes off and all other sessions end.
         */
        post: operations["begin_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/password-resets/{token}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 重置密码第二步：设置新密码；其他登录失效、锁定解除
         * @description Set the new password (step 2); ends other sessions and locks.
         */
        post: operations["finish_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看可订阅的主题和模板
         * @description List the topics that can be subscribed to, with their templates.
         */
        get: operations["list_subscriptions"];
        put?: never;
        /**
         * 保存一次订阅同意，事情发生时通知一次
         * @description Store one accepted subscription; it allows one message.
         */
        post: operations["subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看自己的工单，新的在前
         * @description List the caller's tickets, newest first.
         */
        get: operations["list_tickets"];
        put?: never;
        /**
         * 提交工单；同一事项未办结时返回原工单
         * @description Open a ticket, or return the open one of the same matter.
         */
        post: operations["open_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets/{ticket_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看自己的一张工单
         * @description Show one of the caller's tickets.
         */
        get: operations["show_ticket"];
        put?: never;
        post?: never;
        /**
         * 撤回工单
         * @description Withdraw a ticket.
         */
        delete: operations["withdraw_ticket"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets/{ticket_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 给工单添加图片（JPEG、PNG、WebP，10 MiB以内，共六张）
         * @description Add a picture (multipart, part ``image``): JPEG, PNG or WebP, up to 10 MiB, six in all.
         */
        post: operations["add_ticket_evidence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets/{ticket_id}/face-challenges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 冒名工单的刷脸：通过后冻结有争议的账号
         * @description Open a face check for an identity_dispute; passing it freezes the disputed account.
         */
        post: operations["open_ticket_face_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets/{ticket_id}/ctid-verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 冒名工单用网证核验：通过后冻结有争议的账号
         * @description Verify the person of an identity_dispute by CTID; freeze the disputed account when passed.
         */
        post: operations["verify_ticket_ctid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets/{ticket_id}/face-verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 查询冒名工单的刷脸结果
         * @description Verify the result of the face check; freeze the disputed account when it passed.
         */
        post: operations["verify_ticket_face"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wechat/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 微信登录；已绑定的直接进入账号
         * @description Sign in as a WeChat user, and into the account bound to that user. An address that sent many invalid codes within a minute is slowed down: 429 with the scope wechat_logins may answer after two seconds; a call with a new code may succeed then.
         */
        post: operations["log_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/web/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 不用微信，从浏览器进入：同样的办理，次数限制更严
         * @description Sign in as a visitor without WeChat: the same calls, with stricter limits. Until they sign in to an account, all visitors of one address also share limits: 429 with `scope` tickets, cards, reports, web_logins, questions or address. All browsers of an address share phones_of_address.
         */
        post: operations["log_in_web"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wechat/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 用微信手机号证明号码，不发短信
         * @description Prove the phone of the WeChat user.
         */
        post: operations["prove_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看机器人保存的本人对话，新的在前，号码已隐去
         * @description List the user's conversations with the bot, newest first, as stored.
         */
        get: operations["list_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看一段对话里更早的消息，一次最多100条
         * @description Read earlier messages of one of the user's conversations with the bot, 100 at most.
         */
        get: operations["read_earlier"];
        put?: never;
        post?: never;
        /**
         * 删除一段对话，机器人随之忘记
         * @description Delete a conversation: its texts and what the bot remembers of it.
         */
        delete: operations["delete_conversation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/desk-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 生成给窗口扫的二维码，三分钟内用一次，不含个人信息
         * @description Make a code for the clerk's scanner: one use, three minutes, nothing personal in it.
         */
        post: operations["issue_desk_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 申请本人资料副本，由后台整理，一般几分钟
         * @description Request a copy of one's own data; the worker makes it within minutes.
         */
        post: operations["request_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/export/{export_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 取本人资料副本（ZIP，内有JSON和PDF），一天内有效
         * @description Fetch the copy as ZIP with JSON and PDF, for a day; 409 until it is made.
         */
        get: operations["fetch_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 生成转到微信核验的码，两分钟内打开，只能用一次
         * @description Make a code by which WeChat does the check: one use, two minutes until it is opened.
         */
        post: operations["hand_over_face_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 在微信里打开：先看是谁的账号、还要什么，同意后发起核验
         * @description Show in WeChat whose masked account it is and what it needs; once agreed, open its check. The result is asked by POST /face-verifications or /ctid-verifications and changes the browser's account alone, at once or after 24 hours.
         */
        post: operations["open_handover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handed-checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看这个微信三十天内为浏览器通过的核验，新的在前
         * @description List the checks that this WeChat user passed for browsers in 30 days, newest first.
         */
        get: operations["list_handed_checks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handed-checks/{check_id}/disputes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 表示不是自己的账号：取消等待生效的核验，提交冒名申请
         * @description Say that the account is not mine: ends what waits and opens an identity_dispute. The account freezes by that person's face or CTID (POST /tickets/{ticket_id}/face-challenges).
         */
        post: operations["dispute_handed_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity-card-images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * 识别身份证照片，得到填写建议；照片和结果都不保存
         * @description Read a photo of an ID card (multipart, part ``image``), as suggestions for the form. JPEG, PNG or WebP, up to 10 MiB. WeChat reads it, nothing is stored; `front` answers name and ID number, `back` the validity. 10 pictures a user in 24 hours, 60 an hour the visitors in browsers of one address. 404 where no reader is configured.
         */
        post: operations["read_identity_card"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * 查看哪些登记系统查询过、得到什么答复
         * @description List the queries of registration systems about the user, and the accepted matters. Below level 4 those of this account.
         */
        get: operations["list_receipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accept
         * @description An accepted subscription.
         */
        Accept: {
            /**
             * Topic
             * @enum {string}
             */
            topic: "number_range_supported" | "sms_window_over" | "ticket" | "review" | "authorisation_ending" | "matter";
            /**
             * Template Id
             * @description Accepted by wx.requestSubscribeMessage.
             */
            template_id: string;
            /**
             * Segment
             * @description For number_range_supported: the leading digits of the phone; by default the range last refused to this user.
             * @default null
             */
            segment?: string | null;
        };
        /**
         * AcceptedSubscription
         * @description A stored accept.
         */
        AcceptedSubscription: {
            /**
             * Topic
             * @enum {string}
             */
            topic: "number_range_supported" | "sms_window_over" | "ticket" | "review" | "authorisation_ending" | "matter";
            /**
             * Waiting
             * @description Unused accepts.
             */
            waiting: number;
        };
        /**
         * AccountSummary
         * @description What an account's holder sees of it; name and numbers are masked.
         */
        AccountSummary: {
            /**
             * Status
             * @enum {string}
             */
            status: "registered" | "verified" | "unactivated" | "frozen" | "cancelled";
            /**
             * Level
             * @description Real-name level: 3, or 4 after a face, CTID or manual check.
             */
            level: number;
            /**
             * Name
             * @description Masked.
             */
            name: string;
            /**
             * Id Number
             * @description Masked.
             */
            id_number: string;
            /**
             * Phone
             * @description Masked.
             */
            phone: string | null;
            /** Username */
            username: string | null;
            /**
             * Valid From
             * @description First day of the card's term.
             */
            valid_from: string | null;
            /**
             * Valid Until
             * @description Its last day, or 长期.
             */
            valid_until: string | null;
            /** Verified By */
            verified_by: ("face" | "ctid" | "manual") | null;
            /** Phone Verified By */
            phone_verified_by: ("sms" | "wechat" | "manual") | null;
            authorization: components["schemas"]["AuthorisationState"];
            /**
             * Bound
             * @description Whether a WeChat user is bound.
             */
            bound: boolean;
            /** @description A check in a WeChat without the phone on record: level 4, or the switch after a reset. */
            level_pending: components["schemas"]["PendingLevel"] | null;
            /**
             * Phone Warning
             * @description In answer to a new phone alone: it is in another person's name, and what to do.
             * @default null
             */
            phone_warning: string | null;
        };
        /**
         * ActionAnswer
         * @description A button: `type`, `label` and exactly the field that is named like the type.
         *
         *     A button that leads to the windows also has `windows`, at most three.
         */
        ActionAnswer: {
            /**
             * Type
             * @enum {string}
             */
            type: "page" | "ticket" | "retry" | "call" | "copy";
            /** Label */
            label: string;
            /** Page */
            page?: string;
            /** Ticket */
            ticket?: string;
            /** Retry */
            retry?: string;
            /** Call */
            call?: string;
            /** Copy */
            copy?: string;
            /** Windows */
            windows?: components["schemas"]["PlaceAnswer"][];
        };
        /**
         * ActivationBody
         * @description The ID number of the account.
         */
        ActivationBody: {
            /**
             * Id Number
             * @example 110101199001019992
             */
            id_number: string;
        };
        /**
         * ActivationPasswordBody
         * @description The new password, consents and corrections.
         */
        ActivationPasswordBody: {
            /**
             * Password
             * @example Kestrel-over-17-fields
             */
            password: string;
            /**
             * Username
             * @default null
             * @example zhangsan2026
             */
            username?: string | null;
            /**
             * Consent Version
             * @description From GET /consent.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Separate Consents
             * @description identity is required.
             * @default []
             */
            separate_consents?: ("identity" | "face" | "matter" | "desk" | "compare")[];
            /**
             * Valid From
             * @description Replaces the dates on record.
             * @default null
             * @example 2024-06-03
             */
            valid_from?: string | null;
            /**
             * Valid Until
             * @description The last day, or 长期.
             * @default null
             * @example 2044-06-03
             */
            valid_until?: string | null;
            /**
             * Confirmed Warnings
             * @description Codes of the warnings that the user confirmed.
             * @default []
             */
            confirmed_warnings?: string[];
            /**
             * Bind
             * @description Bind the account to the WeChat user.
             * @default false
             */
            bind?: boolean;
        };
        /**
         * Announcement
         * @description Announcement to all or to ``districts``; ``ends_at`` None: until withdrawn.
         */
        Announcement: {
            /** Id */
            id: number;
            /** Title */
            title: string;
            /** Text */
            text: string;
            /** Districts */
            districts: string[];
            /**
             * Starts At
             * Format: date-time
             */
            starts_at: string;
            /** Ends At */
            ends_at: string | null;
        };
        /**
         * AnnouncementsAnswer
         * @description Current announcements and outages.
         */
        AnnouncementsAnswer: {
            /** Announcements */
            announcements: components["schemas"]["Announcement"][];
            /** Outages */
            outages: components["schemas"]["Outage"][];
        };
        /**
         * AskAnswer
         * @description The answer of the bot.
         */
        AskAnswer: {
            /** Conversation Id */
            conversation_id: string;
            /** Message Id */
            message_id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "answer" | "clarify" | "fallback" | "smalltalk";
            /** Case */
            case: number | null;
            /** Slug */
            slug: string | null;
            /** Title */
            title: string | null;
            /** Answer */
            answer: string;
            /** Steps */
            steps: string[];
            /**
             * Answer Html
             * @description The same as safe HTML (p, br, strong, code, ul, ol, li, a).
             */
            answer_html: string;
            /** Steps Html */
            steps_html: string[];
            /**
             * Images
             * @description Addresses of pictures; `image_texts` describes each of them.
             */
            images: string[];
            /** Image Texts */
            image_texts: string[];
            /** Confidence */
            confidence: number;
            /** Diagnosis */
            diagnosis: components["schemas"]["FindingAnswer"][];
            /** Actions */
            actions: components["schemas"]["ActionAnswer"][];
            /** Related */
            related: components["schemas"]["RelatedAnswer"][];
            /** Options */
            options: components["schemas"]["OptionAnswer"][];
            point: components["schemas"]["PointAnswer"] | null;
            /** Version */
            version: number;
        };
        /**
         * AskBody
         * @description A question to the bot.
         */
        AskBody: {
            /**
             * Question
             * @description Only the first 500 characters are read.
             * @example 收不到验证码怎么办？
             */
            question: string;
            /**
             * Conversation Id
             * @default null
             */
            conversation_id?: string | null;
        };
        /**
         * Authorisation
         * @description The authorisation and whether it is effective now.
         */
        Authorisation: {
            /** Enabled */
            enabled: boolean;
            /** Until */
            until: string | null;
            /**
             * Effective
             * @description Whether it is effective now.
             */
            effective: boolean;
            /**
             * Reason
             * @enum {string}
             */
            reason: "ok" | "off" | "ended" | "level_too_low" | "card_expired" | "frozen" | "cancelled";
            /**
             * Cause
             * @description reset: a password reset or a change of the phone switched it off; a face check, CTID or a
             *     window must prove the person before it is switched on again.
             */
            cause: "reset" | null;
            /**
             * Latest Until
             * Format: date
             * @description The last day that may be set today.
             */
            latest_until: string;
            /**
             * Days
             * @description From today to latest_until, for a calendar.
             */
            days: components["schemas"]["CalendarDay"][];
            /**
             * Note
             * @description Says that holidays in the period are not announced yet.
             */
            note: string | null;
            /**
             * Reminder
             * @description To be shown on the last day and the day before.
             */
            reminder: string | null;
            /**
             * Asked By
             * @description The systems that still ask for the switch; the others ask for each matter.
             */
            asked_by: string[];
            /**
             * History
             * @description Newest first; GET /account/receipts lists the queries of registration systems.
             */
            history: components["schemas"]["AuthorizationSwitch"][];
        };
        /**
         * AuthorisationState
         * @description The setting, whether it is effective today, and the reason.
         */
        AuthorisationState: {
            /** Enabled */
            enabled: boolean;
            /** Until */
            until: string | null;
            /** Effective */
            effective: boolean;
            /**
             * Reason
             * @enum {string}
             */
            reason: "ok" | "off" | "ended" | "level_too_low" | "card_expired" | "frozen" | "cancelled";
            /**
             * Cause
             * @description reset: a password reset or a change of the phone switched it off; a face check, CTID or a
             *     window must prove the person before it is switched on again.
             * @default null
             */
            cause: "reset" | null;
        };
        /**
         * AuthorizationBody
         * @description The switch with the proof of the phone.
         */
        AuthorizationBody: {
            /**
             * Sms Code
             * @description Of the purpose confirm.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /** Enabled */
            enabled: boolean;
            /**
             * Until
             * @description The last day, inclusive; required to switch it on.
             * @default null
             * @example 2026-12-01
             */
            until?: string | null;
        };
        /**
         * AuthorizationSwitch
         * @description One switching, by the holder or a window; ``until`` is None for switching off.
         */
        AuthorizationSwitch: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Enabled */
            enabled: boolean;
            /** Until */
            until: string | null;
            /**
             * Cause
             * @description What switched it off, where its holder did not.
             */
            cause: ("password_reset" | "phone_changed" | "face") | null;
        };
        /**
         * BegunReset
         * @description Right to set a new password once.
         */
        BegunReset: {
            /**
             * Token
             * @description For the second step; valid only with the bearer token that received it.
             */
            token: string;
            /** Expires In */
            expires_in: number;
        };
        /**
         * Body
         * @description Base of every request body; ignores unknown fields, types are strict.
         */
        Body: Record<string, never>;
        /**
         * CalendarDay
         * @description A day that may be chosen as the last one.
         */
        CalendarDay: {
            /**
             * Date
             * Format: date
             */
            date: string;
            /** Is Working Day */
            is_working_day: boolean;
        };
        /**
         * CancellationBody
         * @description The reason with the proof of the phone.
         */
        CancellationBody: {
            /**
             * Sms Code
             * @description Of the purpose confirm.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Reason
             * @default null
             */
            reason?: string | null;
            /**
             * Despite Matters
             * @description Cancel although own lines of open matters count no more then.
             * @default false
             */
            despite_matters?: boolean;
        };
        /**
         * CandidateAnswer
         * @description A checked candidate.
         */
        CandidateAnswer: {
            /** Name */
            name: string;
            parts: components["schemas"]["PartsAnswer"];
            /** Findings */
            findings: components["schemas"]["NameFindingAnswer"][];
            result: components["schemas"]["Result"];
            /** Frees */
            frees: components["schemas"]["ChangeAnswer"][];
            /**
             * Rank
             * @description 1 for the best of the call.
             */
            rank: number;
        };
        /**
         * CandidateBody
         * @description A wish: its parts as typed.
         */
        CandidateBody: {
            /**
             * Word
             * @default
             */
            word?: string;
            /**
             * Industry
             * @default
             */
            industry?: string;
            /**
             * Form
             * @default
             */
            form?: string;
            /**
             * Division
             * @description As it stands in the name; missing: the usual one of the seat.
             * @default null
             */
            division?: string | null;
            /**
             * @description Where the division stands.
             * @default front
             */
            place?: components["schemas"]["Place"];
            /**
             * Industry Class
             * @description Of GB/T 4754, if chosen from the list.
             * @default
             */
            industry_class?: string;
        };
        /**
         * CardImageBody
         * @description The side of the card that the picture shows.
         */
        CardImageBody: {
            /**
             * Side
             * @enum {string}
             */
            side: "front" | "back";
        };
        /**
         * CatalogueAnswer
         * @description All groups.
         */
        CatalogueAnswer: {
            /** Groups */
            groups: components["schemas"]["CatalogueGroup"][];
        };
        /**
         * CatalogueGroup
         * @description A group with its items.
         */
        CatalogueGroup: {
            /** Code */
            code: string;
            /** Title */
            title: string;
            /**
             * Old Names
             * @description Other words for it, for a search.
             */
            old_names: string[];
            /**
             * Handled By
             * @enum {string}
             */
            handled_by: "bureau" | "other" | "bank" | "market";
            /** Items */
            items: components["schemas"]["CatalogueSummary"][];
        };
        /**
         * CatalogueItemAnswer
         * @description A group or an item; `items` are those of a group.
         */
        CatalogueItemAnswer: {
            /** Code */
            code: string;
            /** Title */
            title: string;
            /**
             * Old Names
             * @description Other words for it, for a search.
             */
            old_names: string[];
            /**
             * Handled By
             * @enum {string}
             */
            handled_by: "bureau" | "other" | "bank" | "market";
            /** Authority */
            authority: string | null;
            /** Online Url */
            online_url: string | null;
            /** Item Code */
            item_code: string | null;
            /** Subject Types */
            subject_types: string[];
            /** Materials */
            materials: string[];
            /** Steps */
            steps: string[];
            /** Statutory */
            statutory: string | null;
            /** Promised */
            promised: string | null;
            fee: components["schemas"]["FeeAnswer"] | null;
            /** Verify */
            verify: components["schemas"]["VerificationAnswer"][];
            /** Basis */
            basis: string[];
            /**
             * Reviewed On
             * Format: date
             */
            reviewed_on: string;
            /** @description Null: the district added nothing. */
            local: components["schemas"]["LocalAnswer"] | null;
            /**
             * Notes
             * @description What differs locally, or may have changed.
             */
            notes: string[];
            /** Items */
            items: components["schemas"]["CatalogueSummary"][];
        };
        /**
         * CatalogueSummary
         * @description A group or an item in the list.
         */
        CatalogueSummary: {
            /** Code */
            code: string;
            /** Title */
            title: string;
            /**
             * Old Names
             * @description Other words for it, for a search.
             */
            old_names: string[];
            /**
             * Handled By
             * @enum {string}
             */
            handled_by: "bureau" | "other" | "bank" | "market";
        };
        /**
         * ChallengeBody
         * @description The consent to a face check, and the person of one without an account.
         */
        ChallengeBody: {
            /**
             * Consent Version
             * @description From GET /consent; agrees to the use of the face.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Name
             * @description Of the person to check; required for clear_limit, reset and activate.
             * @default null
             * @example 张三
             */
            name?: string | null;
            /**
             * Id Number
             * @description Of the person to check; required for clear_limit, reset and activate.
             * @default null
             * @example 110101199001019992
             */
            id_number?: string | null;
            /**
             * Purpose
             * @description clear_limit: the attempts for name and id_number count anew. reset, activate: in place of a dead phone, for POST /password-resets and POST /activations/{token}/face; a passed check counts 30 minutes, once. authorization: at level 4, after a reset, permits switching the authorisation on again. By default clear_limit with name or id_number, else the level of the account.
             * @default null
             */
            purpose?: ("clear_limit" | "reset" | "activate") | "authorization" | null;
        };
        /**
         * ChangeAnswer
         * @description What would make the result better; an empty `value` is to be chosen.
         */
        ChangeAnswer: {
            kind: components["schemas"]["Kind"];
            part: components["schemas"]["Part"];
            /** Value */
            value: string;
            /** Name */
            name: string;
            /** Message */
            message: string;
            /** @description Of the changed name, which was checked. */
            result: components["schemas"]["Result"] | null;
        };
        /**
         * ChangedField
         * @description A field of the content that was changed since the person confirmed it.
         */
        ChangedField: {
            /**
             * Field
             * @description ``kind``, ``item_code``, ``district``, ``details``, or ``subject.`` and ``name``, ``type`` or
             *     ``code``.
             */
            field: string;
            /** Label */
            label: string;
            /**
             * Old
             * @description Null: there was none.
             */
            old: string | null;
            /**
             * New
             * @description Null: there is none any more.
             */
            new: string | null;
        };
        /**
         * CheckAnswer
         * @description The checked candidates in their order; for the single form also its own fields.
         */
        CheckAnswer: {
            /** Candidates */
            candidates: components["schemas"]["CandidateAnswer"][];
            /** Note */
            note: string;
            /**
             * Scope
             * @description Where names were compared.
             */
            scope: string;
            /**
             * Library Date
             * @description The day of the register of names.
             */
            library_date: string | null;
            /**
             * Not Compared
             * @description No register: form and words alone were checked.
             */
            not_compared: boolean;
            /** Rules Version */
            rules_version: string;
            /**
             * Name
             * @default null
             */
            name?: string | null;
            /** @default null */
            parts?: components["schemas"]["PartsAnswer"] | null;
            /**
             * Findings
             * @default null
             */
            findings?: components["schemas"]["NameFindingAnswer"][] | null;
            /** @default null */
            result?: components["schemas"]["Result"] | null;
            /**
             * Frees
             * @default null
             */
            frees?: components["schemas"]["ChangeAnswer"][] | null;
        };
        /**
         * CheckBody
         * @description Up to five candidates, or the fields of one beside the district.
         */
        CheckBody: {
            /**
             * Word
             * @default
             */
            word?: string;
            /**
             * Industry
             * @default
             */
            industry?: string;
            /**
             * Form
             * @default
             */
            form?: string;
            /**
             * Division
             * @description As it stands in the name; missing: the usual one of the seat.
             * @default null
             */
            division?: string | null;
            /**
             * @description Where the division stands.
             * @default front
             */
            place?: components["schemas"]["Place"];
            /**
             * Industry Class
             * @description Of GB/T 4754, if chosen from the list.
             * @default
             */
            industry_class?: string;
            /**
             * District
             * @description Of the seat: six-digit code, or name.
             * @default
             */
            district?: string;
            /**
             * Candidates
             * @default null
             */
            candidates?: components["schemas"]["CandidateBody"][] | null;
            /**
             * @description Missing: told by the form.
             * @default null
             */
            subject?: components["schemas"]["Subject"] | null;
            /**
             * Investors
             * @description Names of enterprises and people that invest.
             * @default []
             */
            investors?: string[];
        };
        /**
         * CodeRequest
         * @description The phone and the purpose of a code.
         */
        CodeRequest: {
            /**
             * Phone
             * @description May be absent for the purpose confirm: the phone on record.
             * @default null
             * @example 13800138011
             */
            phone?: string | null;
            /**
             * Purpose
             * @enum {string}
             */
            purpose: "register" | "activate" | "reset_password" | "change_phone" | "confirm";
            /**
             * Activation Token
             * @description For the purpose activate: the token of step 1.
             * @default null
             */
            activation_token?: string | null;
            /**
             * Challenge Id
             * @description For the purpose change_phone without an account: a passed face check of the purpose reset or activate.
             * @default null
             */
            challenge_id?: string | null;
        };
        /**
         * ConfirmationBody
         * @description Own lines with the check of the person; the signature is a file of the multipart body.
         */
        ConfirmationBody: {
            /**
             * Line Ids
             * @description Of own lines; in multipart separated by commas.
             */
            line_ids: string[];
            /**
             * Digest
             * @description Of GET /matters/{id}: what was shown.
             */
            digest: string;
            /**
             * Consent Version
             * @description From GET /consent.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Separate Consents
             * @description matter is needed once for a signature; in multipart separated by commas.
             * @default []
             */
            separate_consents?: ("face" | "matter")[];
            /**
             * Challenge Id
             * @description Of POST /matters/{id}/challenges.
             * @default null
             */
            challenge_id?: string | null;
            /**
             * Ctid Token
             * @description Instead of challenge_id.
             * @default null
             * @example ctid-ok-110101199001019992
             */
            ctid_token?: string | null;
            /**
             * Typed Name
             * @description The own name instead of a signature, where it is optional.
             * @default null
             */
            typed_name?: string | null;
        };
        /**
         * Consent
         * @description A user's latest consent to one thing.
         */
        Consent: {
            /**
             * Key
             * @enum {string}
             */
            key: "general" | "identity" | "face" | "matter" | "desk" | "compare";
            /** Version */
            version: string;
            /**
             * Given At
             * Format: date-time
             */
            given_at: string;
            /**
             * Withdrawn At
             * @description Null while the consent is valid.
             */
            withdrawn_at: string | null;
            /**
             * Sentence
             * @description The sentence that was agreed to; null for the rules as a whole.
             */
            sentence: string | null;
        };
        /**
         * ConsentTextAnswer
         * @description The consent text in force.
         */
        ConsentTextAnswer: {
            /**
             * Version
             * @description For the field consent_version of later calls.
             */
            version: string;
            /** Title */
            title: string;
            /** Text */
            text: string;
            /**
             * Separate
             * @description Each needs its own agreement.
             */
            separate: components["schemas"]["SeparateConsent"][];
        };
        /**
         * ConsentingBody
         * @description Own lines as they were shown, and consents.
         */
        ConsentingBody: {
            /**
             * Line Ids
             * @description Of own lines; in multipart separated by commas.
             */
            line_ids: string[];
            /**
             * Digest
             * @description Of GET /matters/{id}: what was shown.
             */
            digest: string;
            /**
             * Consent Version
             * @description From GET /consent.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Separate Consents
             * @description matter is needed once for a signature; in multipart separated by commas.
             * @default []
             */
            separate_consents?: ("face" | "matter")[];
        };
        /**
         * ConsentsAnswer
         * @description The consents of an account.
         */
        ConsentsAnswer: {
            /** Consents */
            consents: components["schemas"]["Consent"][];
        };
        /**
         * CtidBody
         * @description The token of a CTID verification.
         */
        CtidBody: {
            /**
             * Ctid Token
             * @description From the CTID app or mini program.
             * @example ctid-ok-110101199001019992
             */
            ctid_token: string;
            /**
             * Challenge Id
             * @description Of POST /ctid-challenges, or of POST /handovers/{code}: the token belongs to its serial. Required at level 4.
             * @default null
             */
            challenge_id?: string | null;
            /**
             * Name
             * @description Clears the limits on attempts for this person; required without an account.
             * @default null
             * @example 张三
             */
            name?: string | null;
            /**
             * Id Number
             * @description Clears the limits on attempts for this person; required without an account.
             * @default null
             * @example 110101199001019992
             */
            id_number?: string | null;
            /**
             * Consent Version
             * @description From GET /consent; only with name and id_number.
             * @default null
             */
            consent_version?: string | null;
        };
        /**
         * CtidChallenge
         * @description CTID check, open for this session of this account only.
         */
        CtidChallenge: {
            /** Challenge Id */
            challenge_id: string;
            /**
             * Expires In
             * @description Seconds until it expires.
             */
            expires_in: number;
            /**
             * Serial
             * @description The number of the check at the CTID service, to which the token belongs.
             */
            serial: string;
            /**
             * Purpose
             * @description verify: raises the level of the account; authorization: after a reset, permits switching
             *     是否办理 on again.
             * @enum {string}
             */
            purpose: "verify" | "authorization";
        };
        /**
         * CtidChallengeBody
         * @description What the check is for.
         */
        CtidChallengeBody: {
            /**
             * Purpose
             * @description authorization: at level 4, after a reset. Without it: level 4.
             * @default null
             */
            purpose?: "authorization" | null;
        };
        /**
         * CutAnswer
         * @description A cut name.
         */
        CutAnswer: {
            parts: components["schemas"]["PartsAnswer"];
            /** Uncertain */
            uncertain: components["schemas"]["UncertainAnswer"][];
        };
        /**
         * DecidedLines
         * @description The caller's lines after a decision.
         */
        DecidedLines: {
            /** Matter Id */
            matter_id: string;
            /** Version */
            version: number;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "confirmed" | "refused" | "accepted" | "withdrawn" | "expired";
            /** Lines */
            lines: components["schemas"]["OwnLine"][];
        };
        /**
         * DeskCodeAnswer
         * @description A code that works once.
         */
        DeskCodeAnswer: {
            /** Code */
            code: string;
            /**
             * Qr
             * @description The code as a QR code: an SVG picture as a data URL.
             */
            qr: string;
            /**
             * Expires In
             * @description Seconds.
             */
            expires_in: number;
        };
        /**
         * DivisionAnswer
         * @description A division.
         */
        DivisionAnswer: {
            /** Code */
            code: string;
            /** Name */
            name: string;
        };
        /**
         * DivisionsAnswer
         * @description The divisions one level below; none below a county.
         */
        DivisionsAnswer: {
            /** Divisions */
            divisions: components["schemas"]["DivisionAnswer"][];
        };
        /**
         * EntriesAnswer
         * @description The entries of release ``version``.
         */
        EntriesAnswer: {
            /** Version */
            version: number;
            /** Entries */
            entries: components["schemas"]["EntryAnswer"][];
        };
        /**
         * EntryAnswer
         * @description A published entry.
         */
        EntryAnswer: {
            /** Slug */
            slug: string;
            /** Case */
            case: number | null;
            /** Title */
            title: string;
            /** Answer */
            answer: string;
            /** Steps */
            steps: string[];
            /**
             * Answer Html
             * @description The same as safe HTML (p, br, strong, code, ul, ol, li, a).
             */
            answer_html: string;
            /** Steps Html */
            steps_html: string[];
            /**
             * Images
             * @description Addresses of pictures; `image_texts` describes each of them.
             */
            images: string[];
            /** Image Texts */
            image_texts: string[];
            /** Actions */
            actions: components["schemas"]["ActionAnswer"][];
            /** Category */
            category: string;
        };
        /**
         * FaceChallenge
         * @description Face check, open for this session of this account only.
         */
        FaceChallenge: {
            /** Challenge Id */
            challenge_id: string;
            /**
             * Expires In
             * @description Seconds until it expires.
             */
            expires_in: number;
            /**
             * Mode
             * @description wechat: call wx.requestFacialVerify; photo: upload a picture.
             * @enum {string}
             */
            mode: "wechat" | "photo";
            /**
             * Verify Id
             * @description For wx.requestFacialVerify; null in mode photo.
             */
            verify_id: string | null;
            /**
             * Purpose
             * @description verify: raises the level of the account; authorization: after a reset, permits switching
             *     是否办理 on again; clear_limit: the attempts count anew; reset, activate: opens, with a new
             *     phone, POST /password-resets or the activation; matter: confirms own lines of a matter.
             * @default verify
             * @enum {string}
             */
            purpose: "verify" | "authorization" | "clear_limit" | "reset" | "activate" | "matter";
        };
        /**
         * FeeAnswer
         * @description A fee as a sentence, and its legal basis.
         */
        FeeAnswer: {
            /** Amount */
            amount: string;
            /** Basis */
            basis: string | null;
        };
        /**
         * FeedbackBody
         * @description A rating of an answer.
         */
        FeedbackBody: {
            /** Helpful */
            helpful: boolean;
            /**
             * Comment
             * @description Why; personal data is masked.
             * @default null
             */
            comment?: string | null;
        };
        /**
         * FieldProblem
         * @description A refused field, or a doubt about one that the user may confirm by its code.
         */
        FieldProblem: {
            /** Field */
            field: string;
            /** Code */
            code: string;
            /** Message */
            message: string;
            /** Suggestion */
            suggestion?: string;
        };
        /**
         * FindingAnswer
         * @description A finding about the asker's own state.
         */
        FindingAnswer: {
            /** Code */
            code: string;
            /** Message */
            message: string;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "warn" | "block";
            /** Data */
            data: {
                [key: string]: unknown;
            };
        };
        /**
         * GivenCheck
         * @description A check that this WeChat user passed for an account.
         */
        GivenCheck: {
            /** Id */
            id: string;
            /**
             * Way
             * @enum {string}
             */
            way: "face" | "ctid";
            /**
             * Name
             * @description Masked.
             */
            name: string;
            /**
             * Phone
             * @description The account's, masked.
             */
            phone: string | null;
            /**
             * Passed At
             * Format: date-time
             */
            passed_at: string;
            /**
             * State
             * @description waiting: counts at counts_at unless it is disputed; void: ended without effect.
             * @enum {string}
             */
            state: "waiting" | "counted" | "void";
            /**
             * Counts At
             * Format: date-time
             */
            counts_at: string;
            /**
             * Ticket
             * @description The number of the dispute that this user opened by it.
             */
            ticket: string | null;
        };
        /**
         * HandedChecksAnswer
         * @description The checks that this WeChat user passed for browsers.
         */
        HandedChecksAnswer: {
            /** Checks */
            checks: components["schemas"]["GivenCheck"][];
        };
        /**
         * HandoverAnswer
         * @description A code for the mini program.
         */
        HandoverAnswer: {
            /** Code */
            code: string;
            /**
             * Expires In
             * @description Seconds.
             */
            expires_in: number;
            /**
             * Mode
             * @description photo: the browser may send a picture itself instead.
             * @enum {string}
             */
            mode: "wechat" | "photo";
            /**
             * Link
             * @description Opens WeChat from a phone's browser; null where not configured or WeChat gives none.
             */
            link: string | null;
        };
        /**
         * HandoverBody
         * @description A request for a human.
         */
        HandoverBody: {
            /**
             * Contact
             * @description A mobile number; required without a token.
             * @default null
             */
            contact?: string | null;
            /**
             * District
             * @description One of the windows'; by default that of the last ticket.
             * @default null
             */
            district?: string | null;
        };
        /**
         * HandoverPurposeBody
         * @description What the check is for; without a body it raises the level.
         */
        HandoverPurposeBody: {
            /**
             * Purpose
             * @description verify: level 4. authorization: at level 4, after a reset, permits switching the authorisation on again.
             * @default verify
             * @enum {string}
             */
            purpose?: "verify" | "authorization";
        };
        /**
         * Help
         * @description The published entry that explains a refusal.
         */
        Help: {
            /** Case */
            case: number | null;
            /** Slug */
            slug: string;
            /** Title */
            title: string;
            /** Steps */
            steps: string[];
            /** Actions */
            actions: components["schemas"]["ActionAnswer"][];
        };
        /**
         * IdentityDatesBody
         * @description The validity of the card with the proof of the phone.
         */
        IdentityDatesBody: {
            /**
             * Sms Code
             * @description Of the purpose confirm.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Valid From
             * @example 2024-06-03
             */
            valid_from: string;
            /**
             * Valid Until
             * @description The last day, or 长期.
             * @example 2044-06-03
             */
            valid_until: string;
            /**
             * Confirmed Warnings
             * @description Codes of the warnings that the user confirmed.
             * @default []
             */
            confirmed_warnings?: string[];
        };
        /**
         * IndustriesAnswer
         * @description The classes, best first.
         */
        IndustriesAnswer: {
            /** Industries */
            industries: components["schemas"]["IndustryAnswer"][];
        };
        /**
         * IndustryAnswer
         * @description A class of GB/T 4754 with trade words for names.
         */
        IndustryAnswer: {
            /** Code */
            code: string;
            /** Title */
            title: string;
            /** Words */
            words: string[];
            /**
             * Matched
             * @description The word of the query that fits; may be empty.
             */
            matched: string;
        };
        /**
         * Kind
         * @description What a change does.
         * @enum {string}
         */
        Kind: "division" | "remove" | "trade" | "sound" | "form" | "word";
        /**
         * LastCode
         * @description The arrival of the asker's last code.
         */
        LastCode: {
            /**
             * Sent At
             * Format: date-time
             */
            sent_at: string;
            /**
             * State
             * @enum {string}
             */
            state: "submitted" | "delivered" | "failed" | "unknown";
            /**
             * Reason
             * @description Of a failed one; only for a phone on record or proved in this session.
             */
            reason: string | null;
            /**
             * Sentence
             * @description For the user, with what to do.
             */
            sentence: string;
        };
        /**
         * Level
         * @description How certain an objection is, the most certain first.
         *
         *     ``refuse``: the name cannot be registered. ``warn``: the authority decides, or wants papers.
         *     ``similar``: it may be registered, with the risk of a dispute. ``note``: only worth knowing.
         * @enum {string}
         */
        Level: "refuse" | "warn" | "similar" | "note";
        /**
         * LocalAnswer
         * @description What a district adds; null fields are unknown.
         */
        LocalAnswer: {
            /** District */
            district: string;
            /** Item Code */
            item_code: string | null;
            /** Online Url */
            online_url: string | null;
            /** Promised */
            promised: string | null;
            /** Materials Note */
            materials_note: string | null;
            /** Note */
            note: string | null;
        };
        /**
         * LocalCheck
         * @description Normalised elements, and warnings to confirm.
         */
        LocalCheck: {
            normalised: components["schemas"]["NormalisedElements"];
            /** Warnings */
            warnings: components["schemas"]["Warned"][];
        };
        /**
         * LoginAnswer
         * @description The session of the WeChat user.
         */
        LoginAnswer: {
            /** Token */
            token: string;
            /**
             * Expires In
             * @description Seconds without use after which the token expires.
             */
            expires_in: number;
            /** @description The account bound to this WeChat user. */
            account: components["schemas"]["AccountSummary"] | null;
        };
        /**
         * LoginBody
         * @description The code of wx.login.
         */
        LoginBody: {
            /**
             * Code
             * @example wx-zhang
             */
            code: string;
        };
        /**
         * MatterDetail
         * @description A fact that all persons agree to.
         */
        MatterDetail: {
            /** Label */
            label: string;
            /** Value */
            value: string;
        };
        /**
         * MatterItem
         * @description A matter in the list of the caller.
         */
        MatterItem: {
            /** Matter Id */
            matter_id: string;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "confirmed" | "refused" | "accepted" | "withdrawn" | "expired";
            subject: components["schemas"]["MatterSubject"];
            /**
             * Kind
             * @enum {string}
             */
            kind: "establishment" | "change" | "filing" | "deregistration";
            office: components["schemas"]["MatterOffice"] | null;
            /**
             * Roles
             * @description The caller's posts.
             */
            roles: string[];
            /**
             * Todo
             * @description Whether the caller has something to confirm.
             */
            todo: boolean;
            /**
             * Refused
             * @description Whether the caller refused one of the posts.
             */
            refused: boolean;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
        };
        /**
         * MatterNeeds
         * @description What confirming needs.
         */
        MatterNeeds: {
            /** Ways */
            ways: ("face" | "ctid" | "window")[];
            /**
             * Face
             * @description person: one check for all own lines; role: one for each.
             * @enum {string}
             */
            face: "person" | "role";
            /**
             * Signature
             * @enum {string}
             */
            signature: "required" | "optional" | "off";
            /**
             * Consents
             * @description Separate consents that are still missing.
             */
            consents: ("identity" | "face" | "matter" | "desk" | "compare")[];
        };
        /**
         * MatterOffice
         * @description The window that receives a matter.
         */
        MatterOffice: {
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Hours */
            hours: string;
            /** Phone */
            phone: string;
        };
        /**
         * MatterSubject
         * @description The firm of a matter.
         */
        MatterSubject: {
            /** Name */
            name: string;
            /** Type */
            type: string;
            /** Code */
            code: string | null;
        };
        /**
         * NameFindingAnswer
         * @description An objection to a name.
         */
        NameFindingAnswer: {
            level: components["schemas"]["Level"];
            /** Rule */
            rule: string;
            /** Article */
            article: string;
            part: components["schemas"]["Part"];
            /**
             * Against
             * @description The word or the name of the register; may be empty.
             */
            against: string;
            /** Message */
            message: string;
            /** Hint */
            hint: string;
        };
        /**
         * NewPasswordBody
         * @description The new password.
         */
        NewPasswordBody: {
            /**
             * Password
             * @description The new one.
             * @example Kestrel-over-17-fields
             */
            password: string;
        };
        /**
         * NewPhoneBody
         * @description The passed face check and a new phone with its proof.
         */
        NewPhoneBody: {
            /**
             * Sms Code
             * @description Of the purpose change_phone.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Challenge Id
             * @description A passed face check of the purpose activate.
             */
            challenge_id: string;
            /**
             * Phone
             * @example 13800138011
             */
            phone: string;
        };
        /**
         * NormalisedElements
         * @description Hold the four elements as sent to the source, for display to the person.
         */
        NormalisedElements: {
            /** Name */
            name: string;
            /** Id Number */
            id_number: string;
            /** Valid From */
            valid_from: string;
            /**
             * Valid Until
             * @description The last day, or 长期.
             */
            valid_until: string;
        };
        /**
         * NormalisedRegistration
         * @description The values in the form that was stored.
         */
        NormalisedRegistration: {
            /** Name */
            name: string;
            /** Id Number */
            id_number: string;
            /** Valid From */
            valid_from: string;
            /** Valid Until */
            valid_until: string;
            /** Phone */
            phone: string;
            /** Username */
            username: string | null;
        };
        /**
         * Notice
         * @description The processor, what is kept of users, its receivers, and the rights of users.
         */
        Notice: {
            /**
             * Version
             * @description Of the consent text in force.
             */
            version: string;
            processor: components["schemas"]["Processor"];
            /** Data */
            data: components["schemas"]["PersonalData"][];
            /** Receivers */
            receivers: components["schemas"]["Receiver"][];
            /** Rights */
            rights: components["schemas"]["Right"][];
        };
        /**
         * OffersAnswer
         * @description The topics with their templates.
         */
        OffersAnswer: {
            /** Topics */
            topics: components["schemas"]["SubscriptionOffer"][];
        };
        /**
         * OnBehalfOf
         * @description The firm for which a person confirms.
         */
        OnBehalfOf: {
            /** Name */
            name: string;
            /** Code */
            code: string | null;
        };
        /**
         * OpenHandoverBody
         * @description The agreement of the WeChat user, after seeing whose account it is.
         */
        OpenHandoverBody: {
            /**
             * Consent Version
             * @description From GET /consent; opens the face check. Without it none starts.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Phone Proof
             * @description Of POST /wechat/phone: where that number is the phone on record, the result counts at once. No SMS code stands for it.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Kind
             * @description ctid: opens a check by CTID, under the same rule.
             * @default face
             * @enum {string}
             */
            kind?: "face" | "ctid";
            /**
             * Delayed
             * @description Without that number: the result counts after 24 h.
             * @default false
             */
            delayed?: boolean;
        };
        /**
         * OpenedHandover
         * @description What WeChat shows before it starts, and the check once the user agreed.
         */
        OpenedHandover: {
            /**
             * Name
             * @description Masked.
             */
            name: string;
            /**
             * Id Number
             * @description Masked.
             */
            id_number: string;
            /**
             * Phone
             * @description Masked: an account in my name with the phone of another person is not mine.
             */
            phone: string | null;
            /**
             * Needs
             * @description Null: the check may start. phone_proof: prove the own number by WeChat, or send delayed;
             *     delay: the own number is another than the phone on record, so send delayed; window: an identity
             *     dispute is open, so only the own number or a window helps.
             */
            needs: ("phone_proof" | "delay" | "window") | null;
            /**
             * Delayed
             * @description Whether a check that starts now counts after 24 hours.
             */
            delayed: boolean;
            /** @description Null until consent_version is sent and nothing is needed. */
            challenge: components["schemas"]["FaceChallenge"] | null;
            /** @description For POST /ctid-verifications; null until kind ctid is sent and nothing is needed. */
            ctid: components["schemas"]["CtidChallenge"] | null;
        };
        /**
         * OperatorAnswer
         * @description The operator, who processes the data, the numbers of filings, and what is configured.
         */
        OperatorAnswer: {
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Phone */
            phone: string;
            /**
             * Data Protection Officer
             * @description Name or post, and how to reach it.
             */
            data_protection_officer: string;
            /**
             * Program Name
             * @description The name of the mini program in WeChat.
             */
            program_name: string;
            /** Icp Number */
            icp_number: string | null;
            /** Police Number */
            police_number: string | null;
            /**
             * Reads Cards
             * @description Whether POST /identity-card-images is configured.
             */
            reads_cards: boolean;
            /**
             * Shared Computer
             * @description Whether the caller is in a hall (HALL_NETWORKS).
             */
            shared_computer: boolean;
        };
        /**
         * OptionAnswer
         * @description An entry, or a point of it, that the bot asks back about or that was asked, too.
         */
        OptionAnswer: {
            /** Slug */
            slug: string;
            /** Case */
            case: number | null;
            /** Title */
            title: string;
            point: components["schemas"]["PointAnswer"] | null;
        };
        /**
         * OtherLine
         * @description A post of another person, shown to the agent.
         */
        OtherLine: {
            /** Line Id */
            line_id: string;
            /**
             * Name
             * @description Masked.
             */
            name: string;
            /** Role */
            role: string;
            /**
             * State
             * @enum {string}
             */
            state: "pending" | "confirmed" | "refused" | "lost";
        };
        /**
         * OtherPersons
         * @description The other persons of a matter, counted.
         */
        OtherPersons: {
            /** Total */
            total: number;
            /** Confirmed */
            confirmed: number;
        };
        /**
         * Outage
         * @description Source that is off; ``until`` None: until switched on.
         */
        Outage: {
            /**
             * Source
             * @enum {string}
             */
            source: "sms" | "identity" | "face" | "ctid";
            /** Notice */
            notice: string;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Until */
            until: string | null;
        };
        /**
         * OwnConversation
         * @description A conversation with at most 100 of its messages, oldest first. The copy has them all.
         */
        OwnConversation: {
            /**
             * Id
             * @description `chat`: the one in WeChat's chat.
             */
            id: string;
            /** Count */
            count: number;
            /** Messages */
            messages: components["schemas"]["OwnMessage"][];
        };
        /**
         * OwnConversations
         * @description A page of conversations, newest first.
         */
        OwnConversations: {
            /** Conversations */
            conversations: components["schemas"]["OwnConversation"][];
            /** Next */
            next: string | null;
        };
        /**
         * OwnLine
         * @description A post of the caller in a matter.
         */
        OwnLine: {
            /** Line Id */
            line_id: string;
            /** Role */
            role: string;
            on_behalf_of: components["schemas"]["OnBehalfOf"] | null;
            /**
             * State
             * @enum {string}
             */
            state: "pending" | "confirmed" | "refused" | "lost";
            /**
             * Reason
             * @description Why it is refused or lost, or what keeps it from being confirmed; ok: nothing.
             */
            reason: string;
            /** Confirmed By */
            confirmed_by: ("face" | "ctid" | "on_site" | "notarised") | null;
            /** Confirmed At */
            confirmed_at: string | null;
            /** Receipt */
            receipt: string | null;
        };
        /**
         * OwnMatter
         * @description A matter as one of its persons sees it.
         */
        OwnMatter: {
            /** Matter Id */
            matter_id: string;
            /** Version */
            version: number;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "confirmed" | "refused" | "accepted" | "withdrawn" | "expired";
            /**
             * Kind
             * @enum {string}
             */
            kind: "establishment" | "change" | "filing" | "deregistration";
            /** Item Code */
            item_code: string | null;
            subject: components["schemas"]["MatterSubject"];
            /** District */
            district: string | null;
            /** Details */
            details: components["schemas"]["MatterDetail"][];
            /**
             * Maker
             * @description The registration system or window that made it, by name.
             */
            maker: string;
            office: components["schemas"]["MatterOffice"] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Changes
             * @description What was changed since the caller confirmed, while that is to be confirmed again.
             */
            changes: components["schemas"]["ChangedField"][];
            /**
             * Lines
             * @description The caller's.
             */
            lines: components["schemas"]["OwnLine"][];
            /**
             * Digest
             * @description Of what is shown; sent with a challenge and a confirmation.
             */
            digest: string;
            /**
             * Statement
             * @description The sentence that is confirmed.
             */
            statement: string;
            others: components["schemas"]["OtherPersons"];
            /**
             * Persons
             * @description The posts of the others, for the agent (经办人) alone.
             */
            persons: components["schemas"]["OtherLine"][] | null;
            /**
             * Disowned
             * @description Whether the caller said 不是我办的 of this version: offer nothing to confirm.
             */
            disowned: boolean;
            needs: components["schemas"]["MatterNeeds"];
        };
        /**
         * OwnMatters
         * @description The caller's matters, newest first.
         */
        OwnMatters: {
            /** Count */
            count: number;
            /**
             * Items
             * @description Null below level 4.
             */
            items: components["schemas"]["MatterItem"][] | null;
        };
        /**
         * OwnMessage
         * @description A question with its answer, as stored: personal data is masked.
         */
        OwnMessage: {
            /** Message Id */
            message_id: string;
            /**
             * Asked At
             * Format: date-time
             */
            asked_at: string;
            /** Question */
            question: string;
            /** Answer */
            answer: string;
            /** Kind */
            kind: string;
            /** Slug */
            slug: string | null;
            /** Helpful */
            helpful: boolean | null;
            /** Comment */
            comment: string | null;
        };
        /**
         * Part
         * @description The part of a name that a finding is about.
         * @enum {string}
         */
        Part: "name" | "division" | "word" | "industry" | "form";
        /**
         * PartsAnswer
         * @description The parts of a name.
         */
        PartsAnswer: {
            /** Name */
            name: string;
            /** Division */
            division: string;
            /** District */
            district: string;
            /** Word */
            word: string;
            /** Industry */
            industry: string;
            /** Industry Class */
            industry_class: string;
            /** Form */
            form: string;
            place: components["schemas"]["Place"];
        };
        /**
         * PartsBody
         * @description A full name to cut.
         */
        PartsBody: {
            /**
             * Name
             * @example 张三
             */
            name: string;
            /**
             * District
             * @description Of the seat, if known.
             * @default null
             */
            district?: string | null;
        };
        /**
         * PasswordChangeBody
         * @description A new password with the proof of the phone.
         */
        PasswordChangeBody: {
            /**
             * Sms Code
             * @description Of the purpose confirm.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Password
             * @description The new one.
             * @example Kestrel-over-17-fields
             */
            password: string;
        };
        /**
         * PendingLevel
         * @description A passed check that does not count yet.
         */
        PendingLevel: {
            /**
             * At
             * Format: date-time
             * @description When it counts, unless it is disputed before.
             */
            at: string;
        };
        /**
         * PersonalData
         * @description One kind of data that is kept of users.
         */
        PersonalData: {
            /** Key */
            key: string;
            /** What */
            what: string;
            /** Purpose */
            purpose: string;
            /**
             * Ground
             * @enum {string}
             */
            ground: "statute" | "consent";
            /**
             * Basis
             * @description The short name of the ground.
             */
            basis: string;
            /**
             * Source
             * @description The articles that the ground rests on.
             */
            source: string;
            /**
             * Withdrawal
             * @description How the consent is withdrawn; null for a statute.
             */
            withdrawal: string | null;
            /** Period */
            period: string;
            /**
             * Receivers
             * @description Their names.
             */
            receivers: string[];
        };
        /**
         * PhoneChangeBody
         * @description A new phone with its proof and the password.
         */
        PhoneChangeBody: {
            /**
             * Sms Code
             * @description To the new phone, of the purpose change_phone.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Phone
             * @description The new one.
             * @example 13800138011
             */
            phone: string;
            /**
             * Password
             * @example Kestrel-over-17-fields
             */
            password: string;
        };
        /**
         * PhoneCode
         * @description The code of getPhoneNumber.
         */
        PhoneCode: {
            /**
             * Code
             * @example wx-zhang
             */
            code: string;
        };
        /**
         * PhoneProofBody
         * @description Proof of a phone: a code or a phone proof.
         */
        PhoneProofBody: {
            /**
             * Sms Code
             * @description Of the purpose confirm.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
        };
        /**
         * Place
         * @description Where the division stands; not at the front it stands in brackets.
         * @enum {string}
         */
        Place: "front" | "after_word" | "after_industry";
        /**
         * PlaceAnswer
         * @description A window that the asker can visit.
         */
        PlaceAnswer: {
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Hours */
            hours: string;
            /** Phone */
            phone: string;
            /** Open Today */
            open_today: boolean;
        };
        /**
         * PointAnswer
         * @description A point of an entry: a question of detail with a short answer.
         */
        PointAnswer: {
            /** Id */
            id: string;
            /** Question */
            question: string;
        };
        /**
         * Problem
         * @description The answer to every refusal.
         */
        Problem: {
            /**
             * Code
             * @description Stable; those of a call are listed with its responses.
             * @enum {string}
             */
            code: "INVALID_INPUT" | "MALFORMED_JSON" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "CLIENT_OUTDATED" | "NOT_FOUND" | "IDEMPOTENCY_CONFLICT" | "IDEMPOTENCY_IN_PROGRESS" | "UNAUTHENTICATED" | "SIGNATURE_INVALID" | "REPLAYED" | "ACCOUNT_REQUIRED" | "FORBIDDEN" | "PUSH_UNREADABLE" | "UPSTREAM_UNAVAILABLE" | "SERVICE_UNAVAILABLE" | "INTERNAL_ERROR" | "WECHAT_CODE_INVALID" | "WECHAT_UNAVAILABLE" | "WECHAT_USER_BLOCKED" | "USER_NOT_FOUND" | "WRONG_PASSWORD" | "ACTIVATION_REQUIRED" | "LOGIN_AMBIGUOUS" | "ACCOUNT_LOCKED" | "ACCOUNT_CANCELLED" | "ACCOUNT_FROZEN" | "PHONE_SEGMENT_UNSUPPORTED" | "PHONE_NOT_ON_RECORD" | "PHONE_FOREIGN" | "PHONE_ACCOUNT_LIMIT" | "SMS_RATE_LIMITED" | "SMS_NUMBER_BLOCKED" | "SMS_UNAVAILABLE" | "SMS_CODE_WRONG" | "SMS_CODE_EXPIRED" | "SMS_CODE_USED" | "PHONE_PROOF_INVALID" | "TOO_MANY_ATTEMPTS" | "IDENTITY_NEEDS_CONFIRMATION" | "CONSENT_REQUIRED" | "CONSENT_OUTDATED" | "CANCELLATION_REQUIRED" | "FOUR_ELEMENTS_MISMATCH" | "IDENTITY_NO_RECORD" | "IDENTITY_INVALID" | "DOCUMENT_NEEDS_WINDOW" | "ALREADY_REGISTERED" | "IDENTITY_RESERVED" | "IDENTITY_CHECK_IN_PROGRESS" | "USERNAME_TAKEN" | "IDENTITY_SOURCE_BUSY" | "IDENTITY_DAILY_LIMIT" | "IDENTITY_DATES_LIMIT" | "CARD_IMAGE_QUALITY" | "FACE_IMAGE_QUALITY" | "FACE_MISMATCH" | "FACE_NO_PHOTO" | "FACE_DATA_MISSING" | "FACE_NOT_FINISHED" | "ALREADY_VERIFIED" | "CTID_REJECTED" | "CTID_UNAVAILABLE" | "ALREADY_ACTIVE" | "STEP_ORDER" | "ACTIVATION_EXPIRED" | "LEVEL_TOO_LOW" | "TICKET_CLOSED" | "EVIDENCE_LIMIT" | "STAFF_SIGN_IN_REFUSED" | "STAFF_LOCKED" | "PASSKEY_REFUSED" | "PASSKEY_REQUIRED" | "ADMINISTRATORS_NEEDED" | "WINDOW_REQUIRED" | "PERSON_NOT_REGISTERED" | "OWN_MATTER" | "GUARDIAN_NOT_CONFIRMED" | "VERIFICATION_HELD" | "TICKET_OF_OTHERS" | "SECOND_PERSON_REQUIRED" | "APPROVAL_PENDING" | "REVIEWS_OVERDUE" | "APPROVAL_STALE" | "NOT_APPLICABLE" | "LOOKUP_LIMIT" | "QUOTA_EXCEEDED" | "MATTER_CHANGED" | "MATTER_CLOSED" | "MATTER_EXPIRED" | "LINE_DECIDED" | "SIGNATURE_UNREADABLE" | "MATTERS_OPEN" | "GUARDIAN_REQUIRED" | "MATTER_NOT_READY" | "PERSON_NOT_PRESENT" | "MATTER_NUMBER_TAKEN" | "DESK_CODE_INVALID" | "EXPORT_NOT_READY" | "REMINDER_LIMIT" | "DRAFT_CONFLICT" | "NOTHING_TO_PUBLISH" | "PUBLICATION_OUTDATED" | "PUBLICATION_LOSES_QUESTIONS" | "REVIEW_REQUIRED" | "ANOTHER_PERSON_REQUIRED";
            /**
             * Message
             * @description One Chinese sentence for the user.
             */
            message: string;
            data: components["schemas"]["ProblemData"];
            help: components["schemas"]["Help"] | null;
            /** Request Id */
            request_id: string;
        };
        /**
         * ProblemData
         * @description What a refusal says besides its sentence; each field only with the codes that name it.
         */
        ProblemData: {
            /**
             * Fields
             * @description INVALID_INPUT, DOCUMENT_NEEDS_WINDOW.
             */
            fields?: components["schemas"]["FieldProblem"][];
            /**
             * Warnings
             * @description IDENTITY_NEEDS_CONFIRMATION.
             */
            warnings?: components["schemas"]["FieldProblem"][];
            /**
             * Retry After
             * @description Seconds until the call may be repeated; all 423, 429, some 503.
             */
            retry_after?: number;
            /**
             * Scope
             * @description TOO_MANY_ATTEMPTS: which limit is full.
             */
            scope?: string;
            /**
             * Window
             * @description SMS_RATE_LIMITED: which limit.
             * @enum {string}
             */
            window?: "minute" | "hour" | "day";
            /** @description SMS_RATE_LIMITED. */
            remaining?: components["schemas"]["Remaining"];
            /**
             * Attempts Left
             * @description WRONG_PASSWORD, FACE_MISMATCH, CTID_REJECTED and a “no” of the source.
             */
            attempts_left?: number;
            /**
             * Tries Left
             * @description SMS_CODE_WRONG.
             */
            tries_left?: number;
            /**
             * Was Reset
             * @description WRONG_PASSWORD: it was changed recently.
             */
            was_reset?: boolean;
            /**
             * Needs Code
             * @description ACCOUNT_LOCKED: a code of the phone opens it.
             */
            needs_code?: boolean;
            /**
             * Cancelled On
             * Format: date
             * @description ACCOUNT_CANCELLED.
             */
            cancelled_on?: string;
            /**
             * Segment
             * @description PHONE_SEGMENT_UNSUPPORTED: first digits.
             */
            segment?: string;
            /**
             * Supported From
             * @description PHONE_SEGMENT_UNSUPPORTED.
             */
            supported_from?: string | null;
            /**
             * Phone Hint
             * @description PHONE_NOT_ON_RECORD: last two digits of the right one.
             */
            phone_hint?: string | null;
            /**
             * Ticket
             * @description The kind of ticket that helps.
             */
            ticket?: string;
            /**
             * Purpose
             * @description What the code or the check was for.
             */
            purpose?: string;
            /**
             * Side
             * @description SMS_UNAVAILABLE: what keeps it from being sent. WECHAT_UNAVAILABLE: operator, when waiting does not help.
             * @enum {string}
             */
            side?: "gateway" | "rate" | "operator";
            /**
             * Report Number
             * @description SMS_UNAVAILABLE: to be told to a window.
             */
            report_number?: string;
            /**
             * Missing
             * @description CONSENT_REQUIRED.
             */
            missing?: ("general" | "identity" | "face" | "matter" | "desk" | "compare")[];
            /**
             * Version
             * @description The one in force: CONSENT_OUTDATED text, MATTER_CHANGED int.
             */
            version?: string | number;
            /**
             * Reason
             * @description FACE_IMAGE_QUALITY, CARD_IMAGE_QUALITY.
             */
            reason?: string;
            /**
             * Way
             * @description TOO_MANY_ATTEMPTS of scope person, ACCOUNT_LOCKED, SMS_RATE_LIMITED: what is left of the ways round where there is no WeChat.
             * @constant
             */
            way?: "ctid";
            /**
             * By Photo
             * @description A “no” of the source: photos of the card can fill in the form.
             */
            by_photo?: boolean;
            /**
             * By Face
             * @description PHONE_NOT_ON_RECORD: the purpose of a face check that stands for the phone on record where WeChat has it.
             * @enum {string}
             */
            by_face?: "reset" | "activate";
            /**
             * Cause
             * @description FACE_NOT_FINISHED, LEVEL_TOO_LOW and others.
             */
            cause?: string;
            /**
             * Step
             * @description What was asked of the source: face, dates …
             */
            step?: string;
            /**
             * Notice
             * @description An operator's notice about an outage.
             */
            notice?: string;
            /**
             * State
             * @description MATTER_CLOSED: the state of the matter.
             */
            state?: string;
            /**
             * Phone
             * @description MATTER_CLOSED: the receiving window's.
             */
            phone?: string | null;
            /**
             * Days
             * @description MATTER_EXPIRED.
             */
            days?: number;
            /**
             * Count
             * @description MATTERS_OPEN, MATTER_NOT_READY, LOOKUP_LIMIT.
             */
            count?: number;
            /**
             * Lines
             * @description MATTER_NOT_READY.
             */
            lines?: components["schemas"]["WaitingLine"][];
            /**
             * Limit Bytes
             * @description BODY_TOO_LARGE.
             */
            limit_bytes?: number;
            /**
             * Min Version
             * @description CLIENT_OUTDATED.
             */
            min_version?: string;
            /**
             * Failing
             * @description SERVICE_UNAVAILABLE of /readyz.
             */
            failing?: string[];
            /**
             * Parts
             * @description SERVICE_UNAVAILABLE of /readyz.
             */
            parts?: {
                [key: string]: unknown;
            };
        };
        /**
         * Processor
         * @description The authority that processes the data, and its data protection officer.
         */
        Processor: {
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Phone */
            phone: string;
            /**
             * Data Protection Officer
             * @description Name or post, and how to reach it.
             */
            data_protection_officer: string;
        };
        /**
         * ProvedActivationPhone
         * @description Result of step 2.
         */
        ProvedActivationPhone: {
            /** Expires In */
            expires_in: number;
            /**
             * Needs Dates
             * @description Whether step 3 requires valid_from and valid_until.
             */
            needs_dates: boolean;
        };
        /**
         * ProvedPhone
         * @description A phone and the token that proves it.
         */
        ProvedPhone: {
            /**
             * Phone
             * @description 11 digits, not masked: the user's own number.
             */
            phone: string;
            /**
             * Phone Proof
             * @description Accepted in place of sms_code; single use, 10 minutes, this WeChat user only.
             */
            phone_proof: string;
        };
        /**
         * ReadCard
         * @description What was read of one side of a card; null where nothing was read or on the other side.
         */
        ReadCard: {
            /**
             * Side
             * @enum {string}
             */
            side: "front" | "back";
            /** Name */
            name: string | null;
            /** Id Number */
            id_number: string | null;
            /** Valid From */
            valid_from: string | null;
            /**
             * Valid Until
             * @description The last day, or 长期.
             */
            valid_until: string | null;
            /**
             * Warnings
             * @description What is wrong or doubtful with the values, which were perhaps read wrongly.
             */
            warnings: components["schemas"]["Warned"][];
        };
        /**
         * Receipt
         * @description A receipt as shown to the person.
         */
        Receipt: {
            /**
             * Kind
             * @description acceptance: a matter was accepted with the person's line.
             * @enum {string}
             */
            kind: "query" | "acceptance";
            /** Number */
            number: string;
            /**
             * System
             * @description The name of the system.
             */
            system: string;
            /** Matter */
            matter: string;
            /** Role */
            role: string;
            /**
             * Asked At
             * Format: date-time
             * @description When it was asked or accepted.
             */
            asked_at: string;
            /**
             * Verified
             * @description The answer.
             */
            verified: boolean;
            /**
             * Authorized Until
             * @description The end of the authorisation at that time.
             */
            authorized_until: string | null;
            /** Reason */
            reason: string;
            /**
             * Ground
             * @description What an acceptance rests on: the way of the confirmation, or the switch.
             */
            ground: ("face" | "ctid" | "on_site" | "notarised" | "switch") | null;
        };
        /**
         * ReceiptsAnswer
         * @description The receipts of an account.
         */
        ReceiptsAnswer: {
            /** Receipts */
            receipts: components["schemas"]["Receipt"][];
        };
        /**
         * Receiver
         * @description A receiver of personal data, and what it gets.
         */
        Receiver: {
            /** Key */
            key: string;
            /** Name */
            name: string;
            /** Company */
            company: string;
            /** Contact */
            contact: string;
            /** What */
            what: string;
            /**
             * Systems
             * @description The registration systems in force, by name.
             */
            systems: string[];
        };
        /**
         * RecordedPhoneBody
         * @description The phone on record with its proof.
         */
        RecordedPhoneBody: {
            /**
             * Sms Code
             * @description Of the purpose activate.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Phone
             * @example 13800138011
             */
            phone: string;
        };
        /**
         * RefusalBody
         * @description Own lines that are refused.
         */
        RefusalBody: {
            /**
             * Line Ids
             * @description Of own lines.
             */
            line_ids: string[];
            /**
             * Reason
             * @enum {string}
             */
            reason: "not_me" | "wrong_content" | "unwilling";
            /**
             * Note
             * @description In the user's own words.
             * @default null
             */
            note?: string | null;
        };
        /**
         * RegistrationAnswer
         * @description The new account and session.
         */
        RegistrationAnswer: {
            /**
             * Token
             * @description Of the new session; the token of the call is invalid now.
             */
            token: string;
            /** Expires In */
            expires_in: number;
            account: components["schemas"]["AccountSummary"];
            normalised: components["schemas"]["NormalisedRegistration"];
        };
        /**
         * RegistrationBody
         * @description The four elements, phone, password and consents.
         */
        RegistrationBody: {
            /**
             * Sms Code
             * @description Of the purpose register.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Name
             * @example 张三
             */
            name: string;
            /**
             * Id Number
             * @example 110101199001019992
             */
            id_number: string;
            /**
             * Valid From
             * @example 2024-06-03
             */
            valid_from: string;
            /**
             * Valid Until
             * @description The last day, or 长期.
             * @example 2044-06-03
             */
            valid_until: string;
            /**
             * Phone
             * @example 13800138011
             */
            phone: string;
            /**
             * Password
             * @example Kestrel-over-17-fields
             */
            password: string;
            /**
             * Username
             * @default null
             * @example zhangsan2026
             */
            username?: string | null;
            /**
             * Consent Version
             * @description From GET /consent.
             * @default null
             */
            consent_version?: string | null;
            /**
             * Separate Consents
             * @description identity is required.
             * @default []
             */
            separate_consents?: ("identity" | "face" | "matter" | "desk" | "compare")[];
            /**
             * Confirmed Warnings
             * @description Codes of the warnings that the user confirmed.
             * @default []
             */
            confirmed_warnings?: string[];
            /**
             * Bind
             * @description Bind the account to the WeChat user.
             * @default false
             */
            bind?: boolean;
        };
        /**
         * RelatedAnswer
         * @description A related entry.
         */
        RelatedAnswer: {
            /** Slug */
            slug: string;
            /** Title */
            title: string;
        };
        /**
         * Remaining
         * @description Codes that still fit into a window.
         */
        Remaining: {
            /** Hour */
            hour: number;
            /** Day */
            day: number;
        };
        /**
         * Reminded
         * @description What became of a reminder, in persons.
         */
        Reminded: {
            /** Sent */
            sent: number;
            /**
             * Limit
             * @description Reminded today already.
             */
            limit: number;
        };
        /**
         * ReportBody
         * @description An error on the user's phone.
         */
        ReportBody: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "network" | "sms" | "face" | "other";
            /**
             * Step
             * @description Where it happened, such as activation.phone.
             * @example activation.phone
             */
            step: string;
            /**
             * Detail
             * @description Numbers are masked before it is stored.
             * @default null
             * @example 一直转圈，最后提示网络连接失败
             */
            detail?: string | null;
        };
        /**
         * RequestedCode
         * @description A code was sent.
         */
        RequestedCode: {
            /**
             * Expires In
             * @description Validity in seconds.
             */
            expires_in: number;
            /**
             * Resend After
             * @description Seconds until another code may be requested.
             */
            resend_after: number;
            /** @description Codes that still fit into the hour and the day. */
            remaining: components["schemas"]["Remaining"];
        };
        /**
         * RequestedExport
         * @description A copy that the worker will make.
         */
        RequestedExport: {
            /** Id */
            id: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
        };
        /**
         * ResetBody
         * @description The account and the proof of its phone; with ``challenge_id`` of a new phone.
         */
        ResetBody: {
            /**
             * Sms Code
             * @description Of the purpose reset_password; with challenge_id change_phone.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Login
             * @description ID number, phone or user name; required without face.
             * @default
             * @example zhangsan2026
             */
            login?: string;
            /**
             * Phone
             * @description The account's; with challenge_id a new one.
             * @example 13800138011
             */
            phone: string;
            /**
             * Challenge Id
             * @description A passed face check of the purpose reset, in this session.
             * @default null
             */
            challenge_id?: string | null;
            /**
             * Name
             * @description Of the face check.
             * @default
             * @example 张三
             */
            name?: string;
            /**
             * Id Number
             * @description Of the face check.
             * @default
             * @example 110101199001019992
             */
            id_number?: string;
        };
        /**
         * Result
         * @description The result of a candidate.
         * @enum {string}
         */
        Result: "none" | "hints" | "refused";
        /**
         * Right
         * @description A right of the person, and how it is used.
         */
        Right: {
            /** Key */
            key: string;
            /** Title */
            title: string;
            /** How */
            how: string;
            /**
             * Source
             * @description The articles that grant it.
             */
            source: string;
            /** Ways */
            ways: components["schemas"]["Way"][];
        };
        /**
         * SeparateConsent
         * @description A consent that is given separately.
         */
        SeparateConsent: {
            /**
             * Key
             * @enum {string}
             */
            key: "identity" | "face" | "matter" | "desk" | "compare";
            /** Title */
            title: string;
            /**
             * Sentence
             * @description The very sentence that is agreed to; show it unfolded.
             */
            sentence: string;
            /**
             * Text
             * @description The whole, with title and sentence.
             */
            text: string;
        };
        /**
         * SessionAnswer
         * @description A new session.
         */
        SessionAnswer: {
            /**
             * Token
             * @description Of the new session; the token of the call is invalid now.
             */
            token: string;
            /**
             * Expires In
             * @description Seconds without use after which the token expires.
             */
            expires_in: number;
            account: components["schemas"]["AccountSummary"];
        };
        /**
         * SignInBody
         * @description A login with its password.
         */
        SignInBody: {
            /**
             * Sms Code
             * @description Of the purpose reset_password; unlocks an account with needs_code.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Login
             * @description ID number, phone or user name.
             * @example zhangsan2026
             */
            login: string;
            /**
             * Password
             * @example Kestrel-over-17-fields
             */
            password: string;
            /**
             * Bind
             * @description Bind the account to the WeChat user of the token.
             * @default false
             */
            bind?: boolean;
        };
        /**
         * StartedActivation
         * @description Result of step 1.
         */
        StartedActivation: {
            /**
             * Activation Token
             * @description Valid only with the bearer token that received it.
             */
            activation_token: string;
            /** Expires In */
            expires_in: number;
            /**
             * Phone Hint
             * @description The last two digits of the phone on record; null when it has none.
             */
            phone_hint: string | null;
        };
        /**
         * Subject
         * @description The kind of enterprise that is to be registered.
         * @enum {string}
         */
        Subject: "company" | "partnership" | "sole_proprietorship" | "individual_business" | "cooperative" | "branch";
        /**
         * SubscriptionOffer
         * @description A topic that can be subscribed to, and the user's unused accepts for it.
         */
        SubscriptionOffer: {
            /**
             * Topic
             * @enum {string}
             */
            topic: "number_range_supported" | "sms_window_over" | "ticket" | "review" | "authorisation_ending" | "matter";
            /** Template Id */
            template_id: string;
            /**
             * Kind
             * @description once: an accept allows one message; long: all until it is switched off in WeChat.
             * @enum {string}
             */
            kind: "once" | "long";
            /** Waiting */
            waiting: number;
        };
        /**
         * SuggestionAnswer
         * @description A title or example question, and its entry.
         */
        SuggestionAnswer: {
            /** Text */
            text: string;
            /** Slug */
            slug: string;
        };
        /**
         * SuggestionsAnswer
         * @description The best suggestions, at most six.
         */
        SuggestionsAnswer: {
            /** Version */
            version: number;
            /** Suggestions */
            suggestions: components["schemas"]["SuggestionAnswer"][];
        };
        /**
         * Ticket
         * @description A ticket as its opener sees it, without the notes of service and staff.
         */
        Ticket: {
            /**
             * Id
             * @description Its public number.
             */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "phone_verification" | "identity_review" | "manual_verification" | "activation_phone" | "re_registration" | "phone_change" | "identity_dispute" | "name_correction" | "data_transfer" | "relatives_request" | "refusal_reason" | "complaint" | "other" | "matter_not_mine" | "matter_evidence";
            /**
             * State
             * @enum {string}
             */
            state: "open" | "with_centre" | "resolved" | "rejected" | "withdrawn";
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Due At
             * Format: date-time
             * @description When an answer is due.
             */
            due_at: string;
            /**
             * Owner
             * @enum {string}
             */
            owner: "window" | "centre" | "nobody";
            /** District */
            district: string | null;
            /** Description */
            description: string;
            /**
             * Reason
             * @description The reason of its outcome.
             */
            reason: string | null;
            /**
             * Next Step
             * @description The next step of the user, one sentence.
             */
            next_step: string;
            /** Closed At */
            closed_at: string | null;
            /**
             * Evidence
             * @description The number of its pictures.
             */
            evidence: number;
            /** Actions */
            actions: components["schemas"]["TicketAction"][];
            /** History */
            history: components["schemas"]["TicketStep"][];
        };
        /**
         * TicketAction
         * @description A button beside the ticket.
         */
        TicketAction: {
            /**
             * Type
             * @enum {string}
             */
            type: "call" | "ticket";
            /** Label */
            label: string;
            /**
             * Call
             * @description The number to call.
             * @default null
             */
            call: string | null;
            /**
             * Ticket
             * @description The kind of the ticket to open.
             * @default null
             */
            ticket: ("phone_verification" | "identity_review" | "manual_verification" | "activation_phone" | "re_registration" | "phone_change" | "identity_dispute" | "name_correction" | "data_transfer" | "relatives_request" | "refusal_reason" | "complaint" | "other" | "matter_not_mine" | "matter_evidence") | null;
        };
        /**
         * TicketCtidBody
         * @description The token of a CTID verification.
         */
        TicketCtidBody: {
            /**
             * Ctid Token
             * @description From the CTID app or mini program.
             * @example ctid-ok-110101199001019992
             */
            ctid_token: string;
        };
        /**
         * TicketFaceBody
         * @description The consent to a face check.
         */
        TicketFaceBody: {
            /**
             * Consent Version
             * @description From GET /consent; agrees to the use of the face.
             * @default null
             */
            consent_version?: string | null;
        };
        /**
         * TicketFaceChallenge
         * @description A check for ``wx.requestFacialVerify``.
         */
        TicketFaceChallenge: {
            /** Challenge Id */
            challenge_id: string;
            /**
             * Verify Id
             * @description For wx.requestFacialVerify.
             */
            verify_id: string;
            /**
             * Expires In
             * @description Seconds until it expires.
             */
            expires_in: number;
        };
        /**
         * TicketFaceVerificationBody
         * @description The face check to verify.
         */
        TicketFaceVerificationBody: {
            /** Challenge Id */
            challenge_id: string;
        };
        /**
         * TicketStep
         * @description One step of a ticket, as its opener may see it.
         */
        TicketStep: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * State
             * @enum {string}
             */
            state: "open" | "with_centre" | "resolved" | "rejected" | "withdrawn";
            /** Action */
            action: string;
        };
        /**
         * TicketsAnswer
         * @description The tickets of the caller.
         */
        TicketsAnswer: {
            /** Tickets */
            tickets: components["schemas"]["Ticket"][];
        };
        /**
         * TypedElements
         * @description The four elements, and a phone with its proof.
         */
        TypedElements: {
            /**
             * Sms Code
             * @description Of the purpose register; needs phone and a token. Tells a person with an account of the older system to activate it; the code stays usable.
             * @default null
             * @example 271828
             */
            sms_code?: string | null;
            /**
             * Phone Proof
             * @description Instead of sms_code.
             * @default null
             */
            phone_proof?: string | null;
            /**
             * Name
             * @example 张三
             */
            name: string;
            /**
             * Id Number
             * @example 110101199001019992
             */
            id_number: string;
            /**
             * Valid From
             * @example 2024-06-03
             */
            valid_from: string;
            /**
             * Valid Until
             * @description The last day, or 长期.
             * @example 2044-06-03
             */
            valid_until: string;
            /**
             * Phone
             * @description Its form is checked, too.
             * @default null
             * @example 13800138011
             */
            phone?: string | null;
        };
        /**
         * UncertainAnswer
         * @description A part whose cut is uncertain, and how else the name may be cut.
         */
        UncertainAnswer: {
            part: components["schemas"]["Part"];
            /** Message */
            message: string;
            /** Alternatives */
            alternatives: components["schemas"]["PartsAnswer"][];
        };
        /**
         * UserTicketBody
         * @description A ticket with the conversation that led to it.
         */
        UserTicketBody: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "phone_verification" | "identity_review" | "manual_verification" | "activation_phone" | "re_registration" | "phone_change" | "identity_dispute" | "name_correction" | "data_transfer" | "relatives_request" | "refusal_reason" | "complaint" | "other";
            /**
             * District
             * @description One of the windows'; by default that of the last ticket.
             * @default null
             */
            district?: string | null;
            /**
             * Description
             * @description In the user's own words.
             * @default null
             */
            description?: string | null;
            /**
             * Contact
             * @description How to reach the user.
             * @default null
             */
            contact?: string | null;
            /**
             * Name
             * @description Of the person concerned, without an account.
             * @default null
             * @example 张三
             */
            name?: string | null;
            /**
             * Id Number
             * @default null
             * @example 110101199001019992
             */
            id_number?: string | null;
            /**
             * Valid From
             * @default null
             * @example 2024-06-03
             */
            valid_from?: string | null;
            /**
             * Valid Until
             * @default null
             * @example 2044-06-03
             */
            valid_until?: string | null;
            /**
             * Phone
             * @description The phone to be verified or to be put on record.
             * @default null
             * @example 13800138011
             */
            phone?: string | null;
            /**
             * Activation Token
             * @description For activation_phone: the token of the activation.
             * @default null
             */
            activation_token?: string | null;
            /**
             * Window Id
             * @description For complaint: the window.
             * @default null
             */
            window_id?: number | null;
            /**
             * Clerk Name
             * @description For complaint: the member of staff.
             * @default null
             */
            clerk_name?: string | null;
            /**
             * Conversation Id
             * @description Of the bot's answer whose button was pressed: attaches the conversation and fills in what the user typed.
             * @default null
             */
            conversation_id?: string | null;
        };
        /**
         * VerificationAnswer
         * @description A role whose holder verifies, and at what.
         */
        VerificationAnswer: {
            /** Role */
            role: string;
            /** When */
            when: string;
        };
        /**
         * VerificationBody
         * @description The face check to verify.
         */
        VerificationBody: {
            /**
             * Challenge Id
             * @description Of POST /face-challenges; optional in mode photo.
             * @default null
             */
            challenge_id?: string | null;
            /**
             * Consent Version
             * @description From GET /consent; agrees to the use of the face. Only without challenge_id.
             * @default null
             */
            consent_version?: string | null;
        };
        /**
         * WaitingLine
         * @description A line of a matter that keeps it from being accepted.
         */
        WaitingLine: {
            /** Line Id */
            line_id: string;
            /** Reason */
            reason: string;
        };
        /**
         * Warned
         * @description Doubt about one field, to be confirmed by its code.
         */
        Warned: {
            /** Field */
            field: string;
            /**
             * Code
             * @description Listed in confirmed_warnings to confirm it.
             */
            code: string;
            /** Message */
            message: string;
            /**
             * Suggestion
             * @description A value that would be accepted.
             * @default null
             */
            suggestion: string | null;
        };
        /**
         * Way
         * @description A page where a right is used.
         */
        Way: {
            /** Label */
            label: string;
            /** Page */
            page: string;
        };
        /**
         * WebLoginBody
         * @description The secret that the browser made for itself.
         */
        WebLoginBody: {
            /**
             * Device
             * @description 128 random bits, kept in the browser.
             */
            device: string;
        };
        /**
         * Window
         * @description One counter; ``hours`` are free text.
         */
        Window: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Address */
            address: string;
            /** Hours */
            hours: string;
            /** Phone */
            phone: string;
            /** Districts */
            districts: string[];
            /**
             * Closed Days
             * @description Additional closed days.
             */
            closed_days: string[];
            /**
             * Open Today
             * @description False on its closed days, and with hours of 工作日 on weekends and holidays.
             */
            open_today: boolean;
        };
        /**
         * WindowsAnswer
         * @description The windows.
         */
        WindowsAnswer: {
            /** Windows */
            windows: components["schemas"]["Window"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_announcements: {
        parameters: {
            query?: {
                district?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AnnouncementsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_catalogue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["CatalogueAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_catalogue_item: {
        parameters: {
            query?: {
                district?: string | null;
            };
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["CatalogueItemAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    text_in_force: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ConsentTextAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    given_consents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ConsentsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    withdraw_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ConsentsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_faq_entries: {
        parameters: {
            query?: {
                category?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["EntriesAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    get_faq_entry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["EntryAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    suggest_faq_questions: {
        parameters: {
            query?: {
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["SuggestionsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    get_faq_image: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/png": string;
                    "image/jpeg": string;
                };
            };
        };
    };
    ask_faq: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AskAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    rate_faq_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    hand_over_faq_conversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandoverBody"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    check_identity: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TypedElements"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["LocalCheck"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_divisions: {
        parameters: {
            query?: {
                under?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["DivisionsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    check_names: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["CheckAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    cut_name: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PartsBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["CutAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_industries: {
        parameters: {
            query?: {
                query?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["IndustriesAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    make_name_slip: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
        };
    };
    show_operator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OperatorAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_notice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Notice"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_windows: {
        parameters: {
            query?: {
                district?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["WindowsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_last_code: {
        parameters: {
            query?: {
                activation_token?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["LastCode"];
                        request_id: string;
                    };
                };
            };
        };
    };
    request_code: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CodeRequest"];
            };
        };
        responses: {
            /** @description OK */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["RequestedCode"];
                        request_id: string;
                    };
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistrationBody"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["RegistrationAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"];
                        request_id: string;
                    };
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChangeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    change_phone: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneChangeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"];
                        request_id: string;
                    };
                };
            };
        };
    };
    change_identity_dates: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityDatesBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"];
                        request_id: string;
                    };
                };
            };
        };
    };
    unbind_wechat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"];
                        request_id: string;
                    };
                };
            };
        };
    };
    cancel_account: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancellationBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    open_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["SessionAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    close_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    start_activation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivationBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["StartedActivation"];
                        request_id: string;
                    };
                };
            };
        };
    };
    prove_recorded_phone: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecordedPhoneBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ProvedActivationPhone"];
                        request_id: string;
                    };
                };
            };
        };
    };
    prove_new_phone: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPhoneBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ProvedActivationPhone"];
                        request_id: string;
                    };
                };
            };
        };
    };
    finish_activation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivationPasswordBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["SessionAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_authorization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Authorisation"];
                        request_id: string;
                    };
                };
            };
        };
    };
    set_authorization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuthorizationBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Authorisation"];
                        request_id: string;
                    };
                };
            };
        };
    };
    add_report: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    open_ctid_challenge: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CtidChallengeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["CtidChallenge"];
                        request_id: string;
                    };
                };
            };
        };
    };
    verify_ctid: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CtidBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"] | Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    open_face_challenge: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChallengeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["FaceChallenge"];
                        request_id: string;
                    };
                };
            };
        };
    };
    verify_face: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerificationBody"];
                "multipart/form-data": {
                    /** @description Of POST /face-challenges; optional in mode photo. */
                    challenge_id?: string;
                    /** @description From GET /consent; agrees to the use of the face. Only without challenge_id. */
                    consent_version?: string;
                    /**
                     * Format: binary
                     * @description JPEG, PNG or WebP.
                     */
                    image: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AccountSummary"] | Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    list_matters: {
        parameters: {
            query?: {
                state?: "open" | "done";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OwnMatters"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_matter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OwnMatter"];
                        request_id: string;
                    };
                };
            };
        };
    };
    remind_persons: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Reminded"];
                        request_id: string;
                    };
                };
            };
        };
    };
    open_matter_challenge: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentingBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["FaceChallenge"];
                        request_id: string;
                    };
                };
            };
        };
    };
    confirm_lines: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmationBody"];
                "multipart/form-data": {
                    /** @description Of own lines; in multipart separated by commas. */
                    line_ids: string;
                    /**
                     * Digest
                     * @description Of GET /matters/{id}: what was shown.
                     */
                    digest: string;
                    /** @description From GET /consent. */
                    consent_version?: string;
                    /** @description matter is needed once for a signature; in multipart separated by commas. */
                    separate_consents?: string;
                    /** @description Of POST /matters/{id}/challenges. */
                    challenge_id?: string;
                    /** @description Instead of challenge_id. */
                    ctid_token?: string;
                    /** @description The own name instead of a signature, where it is optional. */
                    typed_name?: string;
                    /**
                     * Format: binary
                     * @description JPEG, PNG or WebP.
                     */
                    signature?: string;
                    /**
                     * Format: binary
                     * @description JPEG, PNG or WebP.
                     */
                    image?: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["DecidedLines"];
                        request_id: string;
                    };
                };
            };
        };
    };
    refuse_lines: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefusalBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["DecidedLines"];
                        request_id: string;
                    };
                };
            };
        };
    };
    fetch_own_sheet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                matter_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
        };
    };
    begin_reset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["BegunReset"];
                        request_id: string;
                    };
                };
            };
        };
    };
    finish_reset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasswordBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    list_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OffersAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    subscribe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Accept"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["AcceptedSubscription"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_tickets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["TicketsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    open_ticket: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserTicketBody"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    show_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    withdraw_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    add_ticket_evidence: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Body"];
                "multipart/form-data": {
                    /**
                     * Format: binary
                     * @description JPEG, PNG or WebP.
                     */
                    image: string;
                };
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    open_ticket_face_check: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketFaceBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["TicketFaceChallenge"];
                        request_id: string;
                    };
                };
            };
        };
    };
    verify_ticket_ctid: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketCtidBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    verify_ticket_face: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                ticket_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketFaceVerificationBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["LoginAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    log_in_web: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebLoginBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["LoginAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    prove_phone: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneCode"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ProvedPhone"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_conversations: {
        parameters: {
            query?: {
                after?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OwnConversations"];
                        request_id: string;
                    };
                };
            };
        };
    };
    read_earlier: {
        parameters: {
            query: {
                before: string;
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OwnConversation"];
                        request_id: string;
                    };
                };
            };
        };
    };
    delete_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: Record<string, never>;
                        request_id: string;
                    };
                };
            };
        };
    };
    issue_desk_code: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["DeskCodeAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    request_export: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneProofBody"];
            };
        };
        responses: {
            /** @description OK */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["RequestedExport"];
                        request_id: string;
                    };
                };
            };
        };
    };
    fetch_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
        };
    };
    hand_over_face_check: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["HandoverPurposeBody"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["HandoverAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    open_handover: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenHandoverBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["OpenedHandover"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_handed_checks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["HandedChecksAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
    dispute_handed_check: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body within 24 hours get the same answer. */
                "Idempotency-Key"?: string;
            };
            path: {
                check_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["Ticket"];
                        request_id: string;
                    };
                };
            };
        };
    };
    read_identity_card: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CardImageBody"];
                "multipart/form-data": {
                    /**
                     * Side
                     * @enum {string}
                     */
                    side: "front" | "back";
                    /**
                     * Format: binary
                     * @description JPEG, PNG or WebP.
                     */
                    image: string;
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ReadCard"];
                        request_id: string;
                    };
                };
            };
        };
    };
    list_receipts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: "OK";
                        message: string;
                        data: components["schemas"]["ReceiptsAnswer"];
                        request_id: string;
                    };
                };
            };
        };
    };
}
